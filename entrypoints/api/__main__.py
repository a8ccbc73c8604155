from entrypoints.api.main import run

if __name__ == "__main__":
    run()
