"""Has openssl, gnutls-cli or curl greet a door that speaks HTTP/2, and prints what came of it."""

import argparse
import json
import re
import selectors
import subprocess
import time

PATIENCE = 15
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
EMPTY_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
# Any of type 4 without flags, on stream 0.
SETTINGS = re.compile(rb"\0\0.\x04\0\0\0\0\0", re.DOTALL)
SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
EMPTY_MESSAGE = bytes(5)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tool", choices=["openssl", "gnutls-cli", "curl"])
    for flag in ["address", "namespace", "server-ca"]:
        parser.add_argument(f"--{flag}", required=True)
    for flag in ["server-name", "cert", "key", "api-key-file", "authority", "describe", "describe-unawares", "max-version"]:
        parser.add_argument(f"--{flag}")
    parser.add_argument("--alpn", default="h2")
    parser.add_argument("mode", choices=["greet"])
    arguments = parser.parse_args()
    is_welcome, text = curl(arguments) if arguments.tool == "curl" else converse(arguments)
    print(json.dumps({"result": "ok"} if is_welcome else {"result": "refused", "text": text}))


def converse(arguments: argparse.Namespace) -> tuple[bool, str]:
    command = openssl(arguments) if arguments.tool == "openssl" else gnutls(arguments)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        # gnutls-cli ends a line at its first zero, and so cannot send our settings; the server's come before it misses them.
        process.stdin.write(PREFACE if arguments.tool == "gnutls-cli" else PREFACE + EMPTY_SETTINGS)
        process.stdin.flush()
        # In TLS 1.3 the client is done before the server has judged: its standard input stays open until the server has
        # spoken.
        printed = read(process)
    except BrokenPipeError:
        printed = process.stdout.read()
    finally:
        process.kill()
        process.wait()
    return bool(SETTINGS.search(printed)), text(printed)


def read(process: subprocess.Popen) -> bytes:
    """What it prints until the server has greeted, or it has ended, or time is up."""
    printed, until = b"", time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not SETTINGS.search(printed) and selector.select(max(0, until - time.monotonic())):
            chunk = process.stdout.read1()
            if not chunk:
                break
            printed += chunk
    return printed


def openssl(arguments: argparse.Namespace) -> list[str]:
    command = ["openssl", "s_client", "-quiet", "-connect", arguments.address, "-verify_return_error"]
    command += ["-CAfile", arguments.server_ca]
    if arguments.server_name:
        command += ["-servername", arguments.server_name, "-verify_hostname", arguments.server_name]
    else:
        command.append("-noservername")
    if arguments.alpn != "none":
        command += ["-alpn", arguments.alpn]
    if arguments.max_version:
        command.append("-tls1_2")
    if arguments.cert:
        command += ["-cert", arguments.cert, "-cert_chain", arguments.cert, "-key", arguments.key]
    return command


def gnutls(arguments: argparse.Namespace) -> list[str]:
    host, port = arguments.address.rsplit(":", 1)
    command = ["gnutls-cli", "--port", port, "--x509cafile", arguments.server_ca]
    if arguments.server_name:
        command += ["--sni-hostname", arguments.server_name, "--verify-hostname", arguments.server_name]
    else:
        command.append("--disable-sni")
    if arguments.alpn != "none":
        command += ["--alpn", arguments.alpn]
    if arguments.max_version:
        command += ["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2"]
    if arguments.cert:
        command += ["--x509certfile", arguments.cert, "--x509keyfile", arguments.key]
    return [*command, host]


def curl(arguments: argparse.Namespace) -> tuple[bool, str]:
    host, port = arguments.address.rsplit(":", 1)
    command = ["curl", "--silent", "--show-error", "--max-time", str(PATIENCE), "--noproxy", "*"]
    command += ["--cacert", arguments.server_ca]
    if arguments.server_name:
        command += ["--resolve", f"{arguments.server_name}:{port}:{host}"]
    if arguments.max_version:
        command += ["--tls-max", arguments.max_version]
    command += {"h2": ["--http2"], "http/1.1": ["--http1.1"], "none": ["--no-alpn"]}[arguments.alpn]
    if arguments.cert:
        command += ["--cert", arguments.cert, "--key", arguments.key]
    headers = ["content-type: application/grpc", "te: trailers", f"temporal-namespace: {arguments.describe or arguments.namespace}"]
    if arguments.authority:
        headers.append(f"host: {arguments.authority}")
    if arguments.api_key_file:
        with open(arguments.api_key_file, encoding="ascii") as file:
            headers.append(f"authorization: Bearer {file.read().strip()}")
    for header in headers:
        command += ["--header", header]
    # Trailers are printed with the headers.
    command += ["--data-binary", "@-", "--dump-header", "-", "--output", "/dev/null"]
    other = arguments.describe or arguments.describe_unawares
    method, message = ("DescribeNamespace", naming(other)) if other else ("GetSystemInfo", EMPTY_MESSAGE)
    command.append(f"https://{arguments.server_name or host}:{port}/{SERVICE}/{method}")
    done = subprocess.run(command, input=message, capture_output=True, timeout=PATIENCE + 5)
    return b"grpc-status: 0" in done.stdout, text(done.stdout + done.stderr)


def naming(namespace: str) -> bytes:
    """A DescribeNamespaceRequest, which has the name in its first field, with the five bytes of gRPC before it."""
    field = bytes([0x0A, len(namespace)]) + namespace.encode()
    return bytes([0]) + len(field).to_bytes(4, "big") + field


def text(printed: bytes) -> str:
    """The lines about what went wrong, among all that the tools say of certificates and ciphers."""
    lines = printed.decode(errors="replace").splitlines()
    told = re.compile("error|alert|curl:|grpc-status|grpc-message|not trusted|mismatch|unable to load", re.IGNORECASE)
    return "\n".join(line.strip() for line in lines if told.search(line))


if __name__ == "__main__":
    main()
