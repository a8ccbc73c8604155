# Every target first brings .venv to what uv.lock says; that takes no time when nothing changed.
.PHONY: help up demo test check bench reset fmt
help:
	@echo "make up | demo | test | check | bench [ONLY=P1] | reset | fmt"
