# make test   check everything        make demo   see it work, without an account
# make csv    export events and profiles as CSV files and a workbook; see docs/csv.md
# make docs   renew generated parts   make lock   renew requirements.lock; ARGS=--upgrade for all
# make check-webhooks   have thousands of connections attack the receiver of webhooks
# make check-bigquery  run the tap into BigQuery's emulator, with a lost load job and a kill
# make check-loaders   run the tap into DuckDB, PostgreSQL, CSV and JSON Lines, cell by cell
# make check-package  build wheel and sdist, and install each into a bare environment
# make check-dbt    make and test the models on DuckDB and PostgreSQL, and send alerts
# make check-dashboard   look at the dashboard in a browser without a network
# make dashboard    write output/dashboard.html of output/warehouse.duckdb
# make check-exports   read export files from an S3 server and a GCS emulator
# make check-spark   read export files with Spark; needs Java 17
# make bench  measure the speed; ARGS=--quick for a try

BIN := .venv/bin
READY := .venv/.ready
SOURCES := tap_clevertap tests demo tools benchmarks reports bulk_load csv_export

.PHONY: test demo csv dashboard check-bigquery check-dashboard check-dbt check-exports check-loaders check-package check-spark check-webhooks docs hub package lock bench setup clean

test: setup
	@echo "test: ruff check";    $(BIN)/ruff check $(SOURCES)
	@echo "test: ruff format";   $(BIN)/ruff format --check $(SOURCES)
	@echo "test: mypy";          $(BIN)/mypy
	@echo "test: import rules";  $(BIN)/lint-imports
	@echo "test: deptry";        $(BIN)/deptry tap_clevertap
	@echo "test: codespell";     $(BIN)/codespell
	@echo "test: pytest, with the coverage of branches"
	@$(BIN)/pytest -n auto --dist loadfile --cov --cov-report=term

demo: setup
	@$(BIN)/python -m demo

csv: setup
	@$(BIN)/python -m csv_export $(ARGS)

docs: setup
	@$(BIN)/python -m tools

lock: setup
	@echo "lock: resolving pyproject.toml"
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes $(ARGS) --quiet --custom-compile-command "make lock" \
		--output-file requirements.lock
	@for name in exports spark; do $(BIN)/uv pip compile pyproject.toml requirements/$$name.in --group test --group build \
		--universal --python-version 3.11 --generate-hashes $(ARGS) --quiet \
		--custom-compile-command "make lock" --output-file requirements/$$name.lock; done
	@$(BIN)/uv pip compile requirements/loaders.in --universal --python-version 3.11 --generate-hashes \
		--constraint requirements.lock $(ARGS) --quiet --custom-compile-command "make lock" \
		--output-file requirements/loaders.lock
	@$(BIN)/uv pip compile requirements/dbt.in --universal --python-version 3.11 --generate-hashes \
		$(ARGS) --quiet --custom-compile-command "make lock" --output-file requirements/dbt.lock
	@$(BIN)/uv pip compile requirements/dashboard.in --universal --python-version 3.11 --generate-hashes \
		--constraint requirements.lock $(ARGS) --quiet --custom-compile-command "make lock" \
		--output-file requirements/dashboard.lock
	@$(BIN)/uv pip compile requirements/bigquery.in --universal --python-version 3.11 --generate-hashes \
		$(ARGS) --quiet --custom-compile-command "make lock" --output-file requirements/bigquery.lock

check-loaders: setup
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes \
		--requirement requirements/loaders.lock
	@TAP_CLEVERTAP_NEEDS=loaders $(BIN)/pytest --quiet tests/loaders

check-dbt: setup
	@$(BIN)/uv venv --quiet --allow-existing .venv-dbt
	@$(BIN)/uv pip sync --quiet --python .venv-dbt/bin/python --require-hashes requirements/dbt.lock
	@$(BIN)/meltano install loader target-duckdb target-postgres
	@$(BIN)/meltano install utility reports
	@TAP_CLEVERTAP_NEEDS=dbt $(BIN)/pytest --quiet -n 2 --dist loadgroup tests/transform

check-dashboard: setup
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes \
		--requirement requirements/dashboard.lock
	@$(BIN)/meltano install loader target-duckdb
	@$(BIN)/meltano install utility dbt-duckdb reports
	@TAP_CLEVERTAP_NEEDS=dashboard $(BIN)/pytest --quiet tests/reports/test_dashboard.py

dashboard: setup
	@$(BIN)/meltano run dbt-duckdb:build reports:dashboard

check-webhooks: setup
	@TAP_CLEVERTAP_NEEDS=webhooks $(BIN)/pytest --quiet tests/webhooks/test_load.py

check-exports: setup
	@$(call venv_of,exports)
	@TAP_CLEVERTAP_NEEDS=exports .venv-exports/bin/pytest --quiet tests/files/test_buckets.py

check-spark: setup
	@$(call venv_of,spark)
	@TAP_CLEVERTAP_NEEDS=spark .venv-spark/bin/pytest --quiet tests/test_spark.py

# An environment of its own, of requirements/<name>.lock and the tap as it lies here.
define venv_of
test -x .venv-$(1)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python .venv-$(1); \
$(BIN)/uv pip sync --quiet --python .venv-$(1)/bin/python --require-hashes requirements/$(1).lock; \
$(BIN)/uv pip install --quiet --python .venv-$(1)/bin/python --no-deps --no-build-isolation --editable .
endef

check-bigquery: setup
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-bigquery
	@$(BIN)/uv pip sync --quiet --python .venv-bigquery/bin/python --require-hashes \
		requirements/bigquery.lock
	@TAP_CLEVERTAP_NEEDS=bigquery $(BIN)/pytest --quiet tests/bigquery

hub: setup
	@$(BIN)/python -m tools.hub

check-package: setup
	@TAP_CLEVERTAP_NEEDS=package $(BIN)/pytest --quiet tests/package

package: setup
	@rm -rf dist && $(BIN)/hatchling build

bench: setup
	@$(BIN)/python -m benchmarks $(ARGS)

setup: $(READY)

$(READY): requirements.lock pyproject.toml .ci/setup
	@.ci/setup
	@touch $@

clean:
	rm -rf .venv .venv-exports .venv-spark .venv-dbt .venv-bigquery .venv-benchmarks .meltano .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage output/*
