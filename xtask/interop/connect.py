"""Connects with Temporal's Python SDK, describes a namespace, asks for health, and prints what came of it as JSON."""

import argparse
import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, TLSConfig

PATIENCE = timedelta(seconds=20)


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ["target", "domain", "server-ca", "cert", "key", "namespace", "describe"]:
        parser.add_argument(f"--{flag}", required=True)
    print(json.dumps(asyncio.run(attempt(parser.parse_args()))), flush=True)
    # The SDK's own threads outlive it, and now and then crash an interpreter that winds up in good order.
    os._exit(0)


async def attempt(arguments: argparse.Namespace) -> dict[str, object]:
    tls = TLSConfig(
        server_root_ca_cert=Path(arguments.server_ca).read_bytes(),
        domain=arguments.domain,
        client_cert=Path(arguments.cert).read_bytes(),
        client_private_key=Path(arguments.key).read_bytes(),
    )
    connecting = Client.connect(arguments.target, namespace=arguments.namespace, tls=tls)
    try:
        client = await asyncio.wait_for(connecting, PATIENCE.total_seconds())
    except Exception as error:  # the SDK has no type of its own for this
        return {"step": "connect", "error": f"{type(error).__name__}: {error}"}
    try:
        request = DescribeNamespaceRequest(namespace=arguments.describe)
        described = await client.workflow_service.describe_namespace(request, timeout=PATIENCE)
        healthy = await client.service_client.check_health(timeout=PATIENCE)
    except RPCError as error:
        return {"step": "call", "error": f"{error.status.name}: {error.message}"}
    return {"step": "done", "described": described.namespace_info.name, "healthy": healthy}


if __name__ == "__main__":
    main()
