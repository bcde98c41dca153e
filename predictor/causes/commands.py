"""What to type now: exact commands for each remedy.

Nothing here lowers security: the checksum database stays on, TLS stays verified, and a proxy that is not public
gets no public fallback. What comes from the log is quoted for the shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from predictor.causes.diagnosis import Diagnosis

PUBLIC_PROXIES = ("proxy.golang.org", "goproxy.io", "goproxy.cn")
LOCAL_CACHE = 'GOPROXY="file://$(go env GOMODCACHE)/cache/download"'
SAFE = re.compile(r"[^\w./:@+~\[\]-]")


def commands(finding: Diagnosis) -> list[str]:
    """Shell commands, and comments that begin with ``#``, for one finding; may be empty."""
    family = BY_FAMILY.get(finding.family)
    return family(finding) if family else BY_REMEDY.get(finding.remedy, none)(finding)


def named(text: str, otherwise: str) -> str:
    """A name from the log, fit to stand in a command, or a placeholder."""
    cleaned = SAFE.sub("", text)
    return shlex.quote(cleaned) if cleaned else otherwise


def target(finding: Diagnosis) -> str:
    """``module@version`` of a finding for a command."""
    module = named(finding.module, "MODULE")
    return f"{module}@{named(finding.version, 'latest')}"


def none(_: Diagnosis) -> list[str]:
    """No command helps; the reason says what to change."""
    return []


def switch_mirror(finding: Diagnosis) -> list[str]:
    """Another public proxy for a public one; for a private one the local cache, never a public fallback."""
    host = finding.host.split(":")[0]
    if host in PUBLIC_PROXIES:
        other = next(proxy for proxy in PUBLIC_PROXIES if proxy != host)
        return [
            f"export GOPROXY=https://{other},direct",
            "timeout 600 go mod download",
            "# or, with what is cached here:",
            f"export {LOCAL_CACHE}",
        ]
    return [
        f"# put another proxy of yours in place of {named(host, 'this one')}, or use what is cached here:",
        f"export {LOCAL_CACHE}",
        "timeout 600 go mod download",
    ]


def retry(_: Diagnosis) -> list[str]:
    """A bounded retry, as go has none."""
    return ["for n in 1 2 3; do timeout 300 go mod download && break; sleep $((n * 15)); done"]


def fix_dns(finding: Diagnosis) -> list[str]:
    """Look at the resolver from where go runs."""
    host = named(finding.host.split(":")[0], "proxy.golang.org")
    return [
        f"getent hosts {host}",
        "cat /etc/resolv.conf",
        "# containers: give them a resolver that works (docker run --dns, BuildKit --network)",
    ]


def fix_ca(finding: Diagnosis) -> list[str]:
    """Trust the company's authority, or mend the clock."""
    host = named(finding.host, "HOST:443")
    where = host if ":" in host else f"{host}:443"
    return [
        "date -u   # a wrong clock makes every certificate expired",
        f"openssl s_client -connect {where} -showcerts </dev/null | openssl x509 -noout -issuer -dates",
        "# company CA: copy it to /usr/local/share/ca-certificates/ and run update-ca-certificates, or",
        "export SSL_CERT_FILE=/path/to/company-ca-bundle.pem",
    ]


def set_goprivate(finding: Diagnosis) -> list[str]:
    """Name the private paths."""
    parts = finding.module.split("/")
    prefix = "/".join(parts[:2]) if parts[0] in {"github.com", "gitlab.com", "bitbucket.org"} else parts[0]
    return [
        f"export GOPRIVATE={named(prefix, 'git.example.com')}",
        f"go mod download {target(finding)}",
        "# in CI set it in the environment: it wins over 'go env -w'",
    ]


def fix_credentials(finding: Diagnosis) -> list[str]:
    """Credentials by netrc."""
    host = named(finding.host.split(":")[0], "HOST")
    return [
        f"# ~/.netrc (mode 600):  machine {host} login USER password TOKEN",
        f"git ls-remote https://{host}/OWNER/REPOSITORY   # must answer without a prompt",
    ]


def fix_gomod(_: Diagnosis) -> list[str]:
    """Bring go.mod in line."""
    return ["go mod tidy", "git diff go.mod go.sum"]


def fix_version(finding: Diagnosis) -> list[str]:
    """Which versions there are."""
    return [f"go list -m -versions {named(finding.module, 'MODULE')}"]


def fix_toolchain(_: Diagnosis) -> list[str]:
    """Which Go runs and which is wanted."""
    return [
        "go version; go env GOTOOLCHAIN; grep -E '^(go|toolchain) ' go.mod",
        "# use an image or setup step with that Go, or lower the go line",
    ]


def fix_sumdb(finding: Diagnosis) -> list[str]:
    """Another way to the same signed database."""
    return [
        'export GOSUMDB="sum.golang.org https://sum.golang.google.cn"   # same key, other host',
        f"go mod download {target(finding)}",
    ]


def compare_hashes(finding: Diagnosis) -> list[str]:
    """Fetch a second time from elsewhere and compare; go.sum is not to be thrown away."""
    what = target(finding)
    return [
        "# compare Sum and GoModSum of this with the two hashes in the log:",
        f'GOMODCACHE="$(mktemp -d)" GOPROXY=https://proxy.golang.org go mod download -json {what}',
        "# equal to go.sum: the other proxy is wrong, purge it here with: go clean -modcache",
        "# equal to 'downloaded': the tag was moved; ask its owner before you change go.sum",
    ]


def use_local_cache(_: Diagnosis) -> list[str]:
    """What is on this machine already."""
    return [f"export {LOCAL_CACHE}", "go mod download", "# or a vendor folder: go build -mod=vendor"]


def purge(_: Diagnosis) -> list[str]:
    """Throw away what is damaged in the cache."""
    return ["go clean -modcache", "go mod download"]


def purge_and_switch(finding: Diagnosis) -> list[str]:
    """A bad answer is cached: purge first, or the other proxy is never asked."""
    return ["go clean -modcache   # the bad answer is cached", *switch_mirror(finding)]


def free_disk(_: Diagnosis) -> list[str]:
    """See what is full and give it back."""
    return ['df -h . "$(go env GOMODCACHE)" "$(go env GOCACHE)"; df -i .', "go clean -cache -modcache"]


def end_hang(finding: Diagnosis) -> list[str]:
    """Kill the holder of the lock first: until then a new go process waits silently."""
    return [
        "pgrep -a go   # end the go command that hangs: it holds the lock of the module cache",
        *switch_mirror(finding),
    ]


def vendor(_: Diagnosis) -> list[str]:
    """Write the vendor folder anew."""
    return ["go mod vendor", "git diff --stat vendor/modules.txt"]


Commands = Callable[[Diagnosis], list[str]]
BY_REMEDY: dict[str, Commands] = {
    "switch_mirror": switch_mirror,
    "retry": retry,
    "fix_dns": fix_dns,
    "fix_ca": fix_ca,
    "set_goprivate": set_goprivate,
    "fix_credentials": fix_credentials,
    "fix_gomod": fix_gomod,
    "fix_version": fix_version,
    "fix_sumdb": fix_sumdb,
    "use_local_cache": use_local_cache,
    "free_disk": free_disk,
}
BY_FAMILY: dict[str, Commands] = {
    "sum-mismatch-gosum": compare_hashes,
    "sum-mismatch-sumdb": compare_hashes,
    "zip-other-content": compare_hashes,
    "zip-local-invalid": purge,
    "cache-modified": purge,
    "mod-not-a-mod": purge_and_switch,
    "mod-wrong-path": lambda finding: purge_and_switch(finding) if finding.outage else fix_gomod(finding),
    "hang-killed": end_hang,
    "inconsistent-vendoring": vendor,
    "toolchain-requires": fix_toolchain,
    "toolchain-unavailable": fix_toolchain,
    "toolchain-config": fix_toolchain,
    "toolchain-download": fix_toolchain,
    "std-package-unknown": fix_toolchain,
}
