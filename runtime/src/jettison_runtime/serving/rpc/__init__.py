"""The Open Inference Protocol over gRPC, beside HTTP: an extra, which needs grpcio.

`messages` reads and writes the protocol's messages and knows no gRPC; `methods` answers them; `server` listens.
"""
