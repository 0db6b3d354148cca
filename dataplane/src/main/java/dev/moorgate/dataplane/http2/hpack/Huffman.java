package dev.moorgate.dataplane.http2.hpack;

/**
 * The Huffman code of RFC 7541 appendix B. It is canonical: the lengths of its codes are all there is to know. Decoding takes
 * half a byte a step through a table of the code's 256 inner nodes; no code is shorter than five bits, so a step yields
 * one symbol at most.
 */
final class Huffman {
    /** What {@link #decode} answers for bytes that are no such code. */
    static final int MALFORMED = -1;

    /** The length of each symbol's code, {@code a} for 5 bits and so on. */
    private static final String LENGTHS = "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf"
            + "ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix"
            + "prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs"
            + "vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv";

    private static final int SYMBOLS = 256;
    private static final int SHORTEST = 5;
    private static final int LONGEST = 30;

    /** Of a step: the next node, then whether a symbol is yielded, then whether it must not be taken, then the symbol. */
    private static final int NODE = 0xff;

    private static final int YIELDS = 1 << 8;
    private static final int FAILS = 1 << 9;
    private static final int SYMBOL_SHIFT = 16;

    private static final int[] STEPS = new int[256 << 4];
    /** Nodes that a string may end at: up to seven bits, all ones, the beginning of the end-of-string code (RFC 7541 5.2). */
    private static final boolean[] ENDS = new boolean[256];

    static {
        build();
    }

    private Huffman() {}

    private static int lengthOf(int symbol) {
        return symbol == SYMBOLS ? LONGEST : LENGTHS.charAt(symbol) - 'a' + SHORTEST;
    }

    private static void build() {
        // Children: an inner node as itself, a leaf as -1 - symbol. The end of a string is symbol 256.
        int[][] children = new int[256][2];
        int nodes = 1;
        int code = 0;
        for (int length = SHORTEST; length <= LONGEST; length++) {
            for (int symbol = 0; symbol <= SYMBOLS; symbol++) {
                if (lengthOf(symbol) != length) {
                    continue;
                }
                int node = 0;
                for (int bit = length - 1; bit > 0; bit--) {
                    int side = code >>> bit & 1;
                    if (children[node][side] == 0) {
                        children[node][side] = nodes++;
                    }
                    node = children[node][side];
                }
                children[node][code & 1] = -1 - symbol;
                code++;
            }
            code <<= 1;
        }
        for (int node = 0; node < nodes; node++) {
            for (int bits = 0; bits < 16; bits++) {
                STEPS[node << 4 | bits] = step(children, node, bits);
            }
        }
        for (int node = 0, depth = 0; depth < 8; depth++, node = children[node][1]) {
            ENDS[node] = true;
        }
    }

    private static int step(int[][] children, int from, int bits) {
        int node = from;
        int step = 0;
        for (int bit = 3; bit >= 0; bit--) {
            node = children[node][bits >>> bit & 1];
            if (node < 0) {
                int symbol = -1 - node;
                step = symbol == SYMBOLS ? FAILS : YIELDS | symbol << SYMBOL_SHIFT;
                node = 0;
            }
        }
        return step | node;
    }

    /** At most how many bytes {@code length} coded ones can become. */
    static int mostDecoded(int length) {
        return length * 8 / SHORTEST;
    }

    /** Writes the decoded bytes to the front of {@code out}; answers how many, or {@link #MALFORMED}. */
    static int decode(byte[] in, int start, int end, byte[] out) {
        int node = 0;
        int written = 0;
        for (int i = start; i < end; i++) {
            int octet = in[i] & 0xff;
            int step = STEPS[node << 4 | octet >>> 4];
            int next = STEPS[(step & NODE) << 4 | octet & 0xf];
            if (((step | next) & FAILS) != 0) {
                return MALFORMED;
            }
            if ((step & YIELDS) != 0) {
                out[written++] = (byte) (step >>> SYMBOL_SHIFT);
            }
            if ((next & YIELDS) != 0) {
                out[written++] = (byte) (next >>> SYMBOL_SHIFT);
            }
            node = next & NODE;
        }
        return ENDS[node] ? written : MALFORMED;
    }
}
