"""Greets a door that speaks HTTP/2 with Python's ssl, and prints what came of it."""

import argparse
import json
import socket
import ssl

PATIENCE = 15
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
SETTINGS = 4


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ["address", "namespace", "server-ca"]:
        parser.add_argument(f"--{flag}", required=True)
    for flag in ["server-name", "cert", "key", "max-version", "alpn"]:
        parser.add_argument(f"--{flag}")
    parser.add_argument("mode", choices=["greet"])
    try:
        greet(parser.parse_args())
        print(json.dumps({"result": "ok"}))
    except OSError as error:
        print(json.dumps({"result": "refused", "text": f"{type(error).__name__}: {error}"}))


def greet(arguments: argparse.Namespace) -> None:
    context = ssl.create_default_context(cafile=arguments.server_ca)
    if arguments.alpn != "none":
        context.set_alpn_protocols([arguments.alpn or "h2"])
    if arguments.max_version:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if arguments.cert:
        context.load_cert_chain(arguments.cert, arguments.key)
    host, port = arguments.address.rsplit(":", 1)
    with (
        socket.create_connection((host, int(port)), timeout=PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=arguments.server_name or host) as stream,
    ):
        stream.sendall(PREFACE)
        head = b""
        while len(head) < 9:
            chunk = stream.recv(9 - len(head))
            if not chunk:
                raise ConnectionError("closed without a greeting")
            head += chunk
        if head[3] != SETTINGS:
            raise ConnectionError(f"a frame of type {head[3]} instead of SETTINGS")


if __name__ == "__main__":
    main()
