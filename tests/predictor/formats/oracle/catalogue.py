"""Which oracles there are: format -> name of a way to write it -> logs in it with the events that they tell."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.predictor.formats.oracle import errors, go_builds, nginx, proxies, records, servers, stores
from tests.predictor.formats.oracle.written import Written

ORACLES: dict[str, dict[str, st.SearchStrategy[Written]]] = {
    "apache": servers.APACHE,
    "artifact-registry": records.ARTIFACT_REGISTRY,
    "artifactory": stores.ARTIFACTORY,
    "artifactory-out": stores.ARTIFACTORY_OUT,
    "athens": proxies.ATHENS,
    "athens-json": proxies.ATHENS_JSON,
    "caddy": records.CADDY,
    "cloudfront": stores.CLOUDFRONT_LOGS,
    "envoy": servers.ENVOY_LOGS,
    "gcs": stores.GCS,
    "go": go_builds.GO,
    "go-json": go_builds.GO_JSON,
    "goproxy": proxies.GOPROXY,
    "goproxy-json": proxies.GOPROXY_JSON,
    "goproxyio": proxies.GOPROXYIO,
    "haproxy": servers.HAPROXY_LOGS,
    "nexus": stores.NEXUS,
    "nexus-out": stores.NEXUS_OUT,
    "nginx": nginx.NGINX,
    "nginx-error": errors.NGINX_ERROR,
    "nginx-json": nginx.NGINX_JSON,
    "s3": stores.S3,
    "squid": servers.SQUID_LOGS,
    "traefik": servers.TRAEFIK,
    "traefik-json": records.TRAEFIK_JSON,
}
