package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.http.BodyKind;

/** How the content of an answer leaves. */
enum ContentForm {
    /** As received, chunks included. */
    AS_IT_IS,
    /** Without its chunks: the client's protocol frames it, or it is HTTP/1.0 and ended by close. */
    BARE,
    /** In chunks of ours: the upstream's protocol frames it, it is ended by close, or it is looked at. */
    CHUNKED;

    /**
     * The form for content that is framed so.
     *
     * @param chunks whether the client is told of the end by them
     * @param isCoded what leaves is of another length than what comes
     * @param isAnew chunks that come are not those that leave
     */
    static ContentForm of(BodyKind kind, boolean chunks, boolean isCoded, boolean isAnew) {
        return switch (kind) {
            case NONE -> AS_IT_IS;
            case LENGTH -> isCoded ? chunks ? CHUNKED : BARE : AS_IT_IS;
            case CHUNKED -> chunks ? isAnew ? CHUNKED : AS_IT_IS : BARE;
            case UNTIL_CLOSE -> chunks ? CHUNKED : BARE;
        };
    }
}
