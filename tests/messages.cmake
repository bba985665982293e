# The ground. Codec, manifest and the rest of `messages`, PROTOCOL.md, and the fuzzers' corpus.
