"""Connects with Temporal's Python SDK, describes a namespace or completes a workflow, and prints what came of it."""

import argparse
import asyncio
import json
import os
import uuid
from datetime import timedelta
from pathlib import Path

from temporalio import workflow
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import TLSConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

PATIENCE = timedelta(seconds=15)


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ["address", "namespace", "server-ca"]:
        parser.add_argument(f"--{flag}", required=True)
    for flag in ["server-name", "cert", "key", "api-key-file", "authority", "describe", "max-version", "alpn"]:
        parser.add_argument(f"--{flag}")
    parser.add_argument("mode", choices=["describe", "workflow"])
    answer = asyncio.run(attempt(parser.parse_args()))
    print(json.dumps(answer), flush=True)
    # The SDK's own threads outlive it, and now and then crash an interpreter that winds up in good order.
    os._exit(1 if answer["result"] == "unsupported" else 0)


async def attempt(arguments: argparse.Namespace) -> dict[str, str]:
    if arguments.max_version or arguments.alpn:
        return {"result": "unsupported", "text": "the SDK has no setting for the TLS versions and protocols that it offers"}
    if arguments.authority:
        return {"result": "unsupported", "text": "the SDK takes :authority from the name that it expects of the server"}
    try:
        await asyncio.wait_for(use(arguments), PATIENCE.total_seconds())
    except Exception as error:  # the SDK has no type of its own for a connection that fails
        return {"result": "refused", "text": with_causes(error)}
    return {"result": "ok"}


async def use(arguments: argparse.Namespace) -> None:
    contents = lambda path: Path(path).read_bytes() if path else None
    tls = TLSConfig(
        server_root_ca_cert=contents(arguments.server_ca),
        domain=arguments.server_name,
        client_cert=contents(arguments.cert),
        client_private_key=contents(arguments.key),
    )
    key = Path(arguments.api_key_file).read_text().strip() if arguments.api_key_file else None
    client = await Client.connect(arguments.address, namespace=arguments.namespace, tls=tls, api_key=key)
    if arguments.mode == "describe":
        request = DescribeNamespaceRequest(namespace=arguments.describe or arguments.namespace)
        described = await client.workflow_service.describe_namespace(request, timeout=PATIENCE)
        if described.namespace_info.name != request.namespace:
            raise RuntimeError(f"{described.namespace_info.name} was described instead of {request.namespace}")
    else:
        await complete_workflow(client)


async def complete_workflow(client: Client) -> None:
    name = f"python-{uuid.uuid4()}"
    # The sandbox takes longer to import everything again than all of the rest does.
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue=name, workflows=[Greeting], workflow_runner=runner):
        greeting = await client.execute_workflow(Greeting.run, "gate", id=name, task_queue=name)
    if greeting != "hello, gate":
        raise RuntimeError(f"the workflow came to {greeting!r}")


@workflow.defn
class Greeting:
    @workflow.run
    async def run(self, whom: str) -> str:
        await workflow.sleep(timedelta(milliseconds=10))
        return f"hello, {whom}"


def with_causes(error: BaseException | None) -> str:
    texts = []
    while error:
        status = getattr(error, "status", None)
        texts.append(f"{status.name}: {error}" if status else f"{type(error).__name__}: {error}")
        error = error.__cause__
    return "; ".join(texts)


if __name__ == "__main__":
    main()
