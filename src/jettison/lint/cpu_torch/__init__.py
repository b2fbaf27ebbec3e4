"""Where torch comes from, for each tool that installs packages, and the change that makes it the CPU build.

`names` is what is known of the packages; `asked` and `pip_installs` read pip and ``uv pip``, `uv_projects` and
`poetry_projects` the project files; `arrivals` gives what all of them find, which the rules W01, W02 and W05 report.
"""
