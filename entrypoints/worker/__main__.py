from entrypoints.worker.main import run

run()
