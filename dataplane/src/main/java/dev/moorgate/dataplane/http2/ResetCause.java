package dev.moorgate.dataplane.http2;

/** Why a stream ended before its end. */
public enum ResetCause {
    /** The peer has reset it; with REFUSED_STREAM it has done nothing for it. */
    BY_PEER,
    /** The session has reset it because the peer broke a rule on it. */
    PEER_AT_FAULT,
    /** The peer went away without having looked at it: it may be repeated elsewhere, whatever the method. */
    UNPROCESSED,
    /** The connection is gone. */
    CONNECTION_LOST
}
