"""A real nginx before two real workers, by the configuration and the command of docs/behind_nginx.md."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "behind_nginx.md"
PORTAL = Path(__file__).with_name("proxied_portal.py")
AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/start.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    add_header X-Answered-By $upstream_addr always;
    {configuration}
}}
"""


def program() -> str | None:
    """Where nginx is, if it is installed."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running(nginx: str, folder: Path, host: str, settings: dict[str, Any]) -> Iterator[tuple[int, list[int]]]:
    """nginx and the workers; the ports of both, once all of them listen. Their logs are in the folder."""
    page = PAGE.read_text(encoding="utf-8")
    (configuration,) = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    (mounting,) = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    assert mounting in PORTAL.read_text(encoding="utf-8")
    commands = re.findall(r"^uvicorn portal:app .*$", page, re.MULTILINE)
    port, *workers = _free_ports(1 + len(commands))
    _certificate(folder, host)
    its_own = {
        "listen 443 ssl": f"listen {HOST}:{port} ssl",
        "/etc/ssl": str(folder),
        "/var/log/nginx": str(folder),
        **{f"{HOST}:800{n}": f"{HOST}:{worker}" for n, worker in enumerate(workers, 1)},
    }
    for there, here in its_own.items():
        assert there in configuration
        configuration = configuration.replace(there, here)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, configuration=configuration), "utf-8")

    environment = {**os.environ, "ELAAS_IDENTITY_TEST_PORTAL": json.dumps(settings)}
    with ExitStack() as started, (folder / "started.log").open("wb") as log:
        for number, (command, worker) in enumerate(zip(commands, workers, strict=True), 1):
            said = command.replace("portal:app", "tests.integrations.proxied_portal:app")
            assert f"--port 800{number}" in said
            arguments = shlex.split(said.replace(f"800{number}", str(worker)))
            started.enter_context(
                _listening(
                    worker, [sys.executable, "-m", *arguments], stdout=log, stderr=log, env=environment
                )
            )
        # Of what it reads before it reads where its log is, nginx complains here.
        command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        started.enter_context(_listening(port, command, stderr=log))
        yield port, workers


@contextmanager
def _listening(port: int, command: list[str], **given: Any) -> Iterator[None]:
    with subprocess.Popen(command, **given) as process, socket.socket() as client:
        try:
            while client.connect_ex((HOST, port)) != 0:
                assert process.poll() is None
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def _certificate(folder: Path, host: str) -> None:
    """A certificate that signs itself, as portal.pem with portal.key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "portal.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "portal.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
