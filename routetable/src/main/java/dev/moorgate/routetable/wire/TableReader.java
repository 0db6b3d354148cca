package dev.moorgate.routetable.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.DocumentReader.Unknown;
import java.io.IOException;

/**
 * Reads the contract from JSON and refuses, with the path, whatever is not exactly it: an unknown, missing, repeated, null
 * or mistyped field, text behind the end, a newer format, a value that a record's constructor refuses. Only in what others report,
 * acks, states of replicas and censuses, a field that is not known is passed over: nothing is put in force by it, and who wrote it may be
 * of a later version. Any thread.
 */
public final class TableReader {
    /** Largest document that is read. */
    public static final int LIMIT = 50 * 1024 * 1024;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNumberLength(32)
                    .maxNameLength(256)
                    .maxStringLength(LIMIT)
                    .build())
            .build();

    private TableReader() {}

    public static RouteTable routeTable(byte[] document) throws WireException {
        return read(document, RouteTable.class, Unknown.REFUSED);
    }

    public static EndpointTable endpointTable(byte[] document) throws WireException {
        return read(document, EndpointTable.class, Unknown.REFUSED);
    }

    public static Push push(byte[] document) throws WireException {
        return read(document, Push.class, Unknown.REFUSED);
    }

    public static Ack ack(byte[] document) throws WireException {
        return read(document, Ack.class, Unknown.PASSED_OVER);
    }

    public static TableDelta tableDelta(byte[] document) throws WireException {
        return read(document, TableDelta.class, Unknown.REFUSED);
    }

    public static EndpointDelta endpointDelta(byte[] document) throws WireException {
        return read(document, EndpointDelta.class, Unknown.REFUSED);
    }

    public static DeltaPush deltaPush(byte[] document) throws WireException {
        return read(document, DeltaPush.class, Unknown.REFUSED);
    }

    public static ReplicaState replicaState(byte[] document) throws WireException {
        return read(document, ReplicaState.class, Unknown.PASSED_OVER);
    }

    public static SessionCensus sessionCensus(byte[] document) throws WireException {
        return read(document, SessionCensus.class, Unknown.PASSED_OVER);
    }

    private static <T extends Record> T read(byte[] document, Class<T> type, Unknown unknown) throws WireException {
        if (document.length > LIMIT) {
            throw new WireException("", "the document has " + document.length + " bytes, more than " + LIMIT);
        }
        WirePath path = new WirePath();
        try (JsonParser in = JSON.createParser(document)) {
            return type.cast(new DocumentReader(in, path, unknown).document(Shape.of(type)));
        } catch (JsonEOFException e) {
            throw new WireException(path.toString(), "ends too early");
        } catch (StreamConstraintsException e) {
            throw new WireException(path.toString(), "is too large: " + e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            // Not the parser's own words: they quote the document, which holds keys.
            throw new WireException(
                    path.toString(),
                    "is not JSON at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr());
        } catch (IOException e) {
            throw new WireException(path.toString(), "cannot be read: " + e.getMessage());
        }
    }
}
