package dev.moorgate.dataplane.listen;

/** What became of opening the sockets of a next table: all of them are open, or none is. */
public sealed interface Preparation permits BindFailure, SocketChange {}
