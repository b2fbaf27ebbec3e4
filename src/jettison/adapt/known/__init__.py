"""What the adapter knows: tables, and nothing but tables. What stands in none of them is refused.

`facade` says what the runtime has under transformers' names, `torch` which uses of torch mean nothing on the CPU,
`packages` which other packages stand on torch, `python` which functions of Python and of the web frameworks let a
followed value pass.
"""
