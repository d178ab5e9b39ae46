"""nginx with `proxy_pass`, one worker, no access log, upstream connections kept."""

from __future__ import annotations

import os

from bench.leg import Leg
from bench.process import require
from bench.proxy import Peer
from bench.site import Site

# Every path lies in the site's directory, so that no installed configuration takes part.
PREAMBLE = """\
{user}daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
"""


class Nginx(Peer):
    """The yardstick of the plain route."""

    name = "nginx"

    def command(self, site: Site) -> list[str]:
        """Write nginx.conf."""
        return command(site, render(site))


def command(site: Site, config: str) -> list[str]:
    """Run a configuration in the foreground."""
    return [require("nginx"), "-p", str(site.directory), "-e", "stderr", "-c", site.write("nginx.conf", config)]


def preamble() -> str:
    """Everything up to the servers. Workers of a root master would lose access to the site, so they stay root."""
    return PREAMBLE.format(user="user root;\n" if os.geteuid() == 0 else "")


def listener(port: int, site: Site, *, tls: bool) -> str:
    """The `listen` directive and, with TLS, the certificate."""
    if not tls:
        return f"listen 127.0.0.1:{port} backlog=4096;"
    chain, key = site.certificate.chain, site.certificate.key
    return f"listen 127.0.0.1:{port} ssl backlog=4096; ssl_certificate {chain}; ssl_certificate_key {key};"


def render(site: Site) -> str:
    """nginx.conf with one server for each leg."""
    return preamble() + "".join(_server(leg, site) for leg in site.listen) + "}\n"


def _server(leg: Leg, site: Site) -> str:
    host = "localhost" if leg.tls else "127.0.0.1"
    return f"""\
  upstream {leg.name} {{
    server 127.0.0.1:{site.upstream[leg]};
    keepalive 2048;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
  }}
  server {{
    {listener(site.listen[leg], site, tls=site.tls)}
    location / {{
      proxy_pass {leg.scheme}://{leg.name};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host {host};
      proxy_read_timeout 600s;
      {"proxy_buffering off;" if leg.kind == "stream" else ""}
      {_verification(site) if leg.tls else ""}
    }}
  }}
"""


def _verification(site: Site) -> str:
    trust = f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {site.certificate.authority};"
    return f"{trust} proxy_ssl_name localhost; proxy_ssl_server_name on;"
