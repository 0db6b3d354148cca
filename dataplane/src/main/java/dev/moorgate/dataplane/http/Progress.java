package dev.moorgate.dataplane.http;

/** How far a reader of bytes has come: the answer of every step of {@link MessageHead} and {@link BodyReader}. */
public enum Progress {
    /** All input was taken and more is needed. */
    INCOMPLETE,
    /** Bodies only: a piece of content lies in the input, see {@link BodyReader#dataLength()}; call again for the rest. */
    DATA,
    /** The message part is whole; what follows it was left in the input. */
    COMPLETE,
    /** The input breaks a rule, see {@code error()}; the connection cannot be used any more. */
    REFUSED
}
