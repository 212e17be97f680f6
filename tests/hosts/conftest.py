"""One deployment for all tests of this folder: it costs a minute and two gigabytes."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import psycopg
import pytest
from hosts import BUILDER, LIBRARY_OPTIONS, WORKERS, Hosts
from object_storage import ACCESS, s3_endpoint  # noqa: F401 (fixture)
from servers import Postgres, Redis, postgres_server, redis_server  # noqa: F401 (fixtures)

from sandbox.client import Sandbox

A_SECOND = 20  # requests that the provider allows, and what Paceline is told


@pytest.fixture(scope="package")
def provider() -> Iterator[Sandbox]:
    with Sandbox(**LIBRARY_OPTIONS, rate=A_SECOND, strava_activities=40, iracing_series=6) as sandbox:
        yield sandbox


@pytest.fixture(scope="package")
def settings(provider: Sandbox) -> dict[str, str]:
    """What hosts and a single one have in common."""
    return {
        **provider.env(),
        "PELOTON_LIBRARY_START": "2019-01",
        "PELOTON_REQUESTS_PER_SECOND": str(A_SECOND),
        "BACKGROUND_SYNC_ENABLED": "off",
    }


@pytest.fixture(scope="package")
def shared(
    settings: dict[str, str],
    postgres_server: Postgres,  # noqa: F811
    redis_server: Redis,  # noqa: F811
    s3_endpoint: str,  # noqa: F811
) -> dict[str, str]:
    """What hosts share."""
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE hosts_dagster")
        connection.execute("CREATE DATABASE hosts_state")
    boto3.client(
        "s3", endpoint_url=s3_endpoint, region_name=ACCESS["AWS_REGION"],
        aws_access_key_id=ACCESS["AWS_ACCESS_KEY_ID"], aws_secret_access_key=ACCESS["AWS_SECRET_ACCESS_KEY"],
    ).create_bucket(Bucket="hosts")  # fmt: skip
    return {
        **settings,
        **ACCESS,
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ALLOW_HTTP": "true",
        "OBJECT_STORE_URL": "s3://hosts/paceline",
        "OBJECT_STORE_WAREHOUSE": "on",
        "STATE_URL": postgres_server.address("hosts_state"),
        "LIMITER_URL": redis_server.url,
        "CELERY_BROKER_URL": redis_server.url,
        "DAGSTER_POSTGRES_HOST": "127.0.0.1",
        "DAGSTER_POSTGRES_PORT": str(postgres_server.port),
        "DAGSTER_POSTGRES_DB": "hosts_dagster",
        "DAGSTER_POSTGRES_USER": "postgres",
        "DAGSTER_POSTGRES_PASSWORD": postgres_server.password,
        "MONTHS_PER_RUN": "6",
    }


@pytest.fixture(scope="module")  # its sensors would go on with what commands of other tests leave
def hosts(shared: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with Hosts(tmp_path_factory.mktemp("hosts"), shared, (*WORKERS, BUILDER)) as running:
        yield running
