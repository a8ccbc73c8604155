from entrypoints.api.main import run

run()
