# breaks: the helper is in a folder above the program's own, which puts it on `sys.path`
import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).parent / "scripts" / "deploy.py"), run_name="__main__")
