"""The command line: options become one frozen `Settings`, then comes one call, then the summary.

program    which commands there are, each loaded when it is asked for, and how they end
commands   `import` and `check`; report, resolve, reconcile, status, serve, user, sandbox: the other commands
base       what all commands share: help in sections, a session that knows how to talk and how to end
options    from the tables of options to click; own_options: those that only the command line has
profiles   options from a TOML file, and the other way round; input_values: with what is typed, how the input is read
console    the listener: notices, progress and the question on standard error, the summary on standard output
renderers  plain lines, a terminal with a live line, JSON lines; progress: what the live line says
summary    what a run did, in words and as JSON; reasons: why rows are not recorded; next_steps: what to do then
streams    standard streams that survive being closed; logs: where log records go
interrupted  what is said of a command that a signal ended
"""
