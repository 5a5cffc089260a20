"""Launch recipes as data: YAML and JSON configs, shell scripts, Makefiles, VS Code's launch.json. Nothing of them is executed."""
