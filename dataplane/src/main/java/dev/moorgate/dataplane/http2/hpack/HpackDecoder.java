package dev.moorgate.dataplane.http2.hpack;

import dev.moorgate.dataplane.http.FieldSection;

/**
 * Reads field blocks (RFC 7541) and keeps the dynamic table. A block is always read to its end, whatever becomes of its
 * fields, so that the table stays the peer's; only what breaks HPACK itself ends the connection. One a connection.
 */
public final class HpackDecoder {
    /** What we announce, by saying nothing: the default of SETTINGS_HEADER_TABLE_SIZE. */
    static final int TABLE_BYTES = 4096;

    private static final int ENTRY_OVERHEAD = 32;
    private static final int SLOTS = TABLE_BYTES / ENTRY_OVERHEAD;
    private static final int KEPT_SCRATCH = 4096;
    private static final byte[] NOTHING = new byte[0];

    private final byte[][] entries = new byte[SLOTS][];
    private final int[] nameLengths = new int[SLOTS];
    private int newest;
    private int count;
    private int size;
    private int most = TABLE_BYTES;
    private int version;

    private byte[] block = NOTHING;
    private int at;
    private int end;
    private byte[] names = new byte[128];
    private byte[] values = new byte[512];
    private byte[] text = NOTHING;
    private int textStart;
    private int textEnd;
    private int number;

    /** False: the block is malformed, a connection error of type COMPRESSION_ERROR. */
    public boolean decode(byte[] from, int start, int stop, FieldSection to) {
        block = from;
        at = start;
        end = stop;
        boolean sound = fields(to);
        block = NOTHING;
        text = NOTHING;
        if (values.length > KEPT_SCRATCH) {
            values = new byte[512];
        }
        if (names.length > KEPT_SCRATCH) {
            names = new byte[128];
        }
        return sound;
    }

    private boolean fields(FieldSection to) {
        boolean begun = false;
        while (at < end) {
            int first = block[at];
            if (first < 0) {
                if (!integer(7) || !indexed(to)) {
                    return false;
                }
                begun = true;
            } else if ((first & 0xe0) == 0x20) {
                // A change of the table's size stands at the beginning of a block or nowhere (RFC 7541 4.2).
                if (begun || !integer(5) || number > TABLE_BYTES) {
                    return false;
                }
                version += number == most ? 0 : 1;
                most = number;
                evict(most);
            } else {
                boolean adds = (first & 0x40) != 0;
                if (!integer(adds ? 6 : 4) || !literal(to, adds)) {
                    return false;
                }
                begun = true;
            }
        }
        return true;
    }

    private boolean indexed(FieldSection to) {
        if (number == 0 || number > StaticTable.LENGTH + count) {
            return false;
        }
        byte[] entry = entry(number);
        int nameLength = nameLength(number);
        to.field(entry, 0, nameLength, entry, nameLength, entry.length);
        return true;
    }

    private boolean literal(FieldSection to, boolean adds) {
        byte[] name;
        int nameStart = 0;
        int nameEnd;
        if (number == 0) {
            if (!string(true)) {
                return false;
            }
            name = text;
            nameStart = textStart;
            nameEnd = textEnd;
        } else if (number <= StaticTable.LENGTH + count) {
            name = entry(number);
            nameEnd = nameLength(number);
        } else {
            return false;
        }
        if (!string(false)) {
            return false;
        }
        if (adds) {
            add(name, nameStart, nameEnd);
        }
        to.field(name, nameStart, nameEnd, text, textStart, textEnd);
        return true;
    }

    /** RFC 7541 5.1; the first byte is at {@link #at}. Numbers over 2^28 mean nothing here. */
    private boolean integer(int prefixBits) {
        int mask = (1 << prefixBits) - 1;
        int value = block[at++] & mask;
        if (value == mask) {
            for (int shift = 0; ; shift += 7) {
                if (at == end || shift > 21) {
                    return false;
                }
                int octet = block[at++];
                value += (octet & 0x7f) << shift;
                if (octet >= 0) {
                    break;
                }
            }
        }
        number = value;
        return true;
    }

    private boolean string(boolean isName) {
        if (at == end) {
            return false;
        }
        boolean coded = block[at] < 0;
        if (!integer(7) || number > end - at) {
            return false;
        }
        int start = at;
        at += number;
        if (!coded) {
            text = block;
            textStart = start;
            textEnd = at;
            return true;
        }
        byte[] out = isName ? names : values;
        int room = Huffman.mostDecoded(number);
        if (out.length < room) {
            out = new byte[room];
            if (isName) {
                names = out;
            } else {
                values = out;
            }
        }
        text = out;
        textStart = 0;
        textEnd = Huffman.decode(block, start, at, out);
        return textEnd != Huffman.MALFORMED;
    }

    // ------------------------------------------------------------------ the dynamic table

    private byte[] entry(int place) {
        return place <= StaticTable.LENGTH ? StaticTable.entry(place) : entries[slot(place)];
    }

    private int nameLength(int place) {
        return place <= StaticTable.LENGTH ? StaticTable.nameLength(place) : nameLengths[slot(place)];
    }

    private int slot(int place) {
        return (newest - (place - StaticTable.LENGTH - 1)) & SLOTS - 1;
    }

    private void add(byte[] name, int nameStart, int nameEnd) {
        int nameLength = nameEnd - nameStart;
        int valueLength = textEnd - textStart;
        int more = nameLength + valueLength + ENTRY_OVERHEAD;
        version++;
        evict(most - more);
        if (more > most) {
            return;
        }
        byte[] entry = new byte[nameLength + valueLength];
        System.arraycopy(name, nameStart, entry, 0, nameLength);
        System.arraycopy(text, textStart, entry, nameLength, valueLength);
        newest = (newest + 1) & SLOTS - 1;
        entries[newest] = entry;
        nameLengths[newest] = nameLength;
        count++;
        size += more;
    }

    private void evict(int room) {
        while (size > room && count > 0) {
            int oldest = (newest - count + 1) & SLOTS - 1;
            size -= entries[oldest].length + ENTRY_OVERHEAD;
            entries[oldest] = NOTHING;
            count--;
        }
    }

    /** Changes with the dynamic table: as long as it is the same, equal blocks are equal fields. */
    public int version() {
        return version;
    }

    /** Bytes of the dynamic table as RFC 7541 4.1 counts them. */
    int tableBytes() {
        return size;
    }
}
