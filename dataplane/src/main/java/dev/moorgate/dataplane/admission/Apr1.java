package dev.moorgate.dataplane.admission;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Apache's MD5 hash of passwords ({@code $apr1$salt$hash}), which htpasswd writes unless told otherwise. */
final class Apr1 {
    private static final String MAGIC = "$apr1$";
    private static final String ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int ROUNDS = 1_000;
    private static final int[][] ORDER = {{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};

    private Apr1() {}

    /** The password hashed with the salt of another hash. */
    static String hash(byte[] password, String like) {
        int end = like.indexOf('$', MAGIC.length());
        String salt = like.substring(MAGIC.length(), end);
        return MAGIC + salt + "$" + encoded(digest(password, salt.getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] digest(byte[] password, byte[] salt) {
        byte[] alternate = md5(password, salt, password);
        MessageDigest first = md5();
        first.update(password);
        first.update(MAGIC.getBytes(StandardCharsets.US_ASCII));
        first.update(salt);
        for (int left = password.length; left > 0; left -= 16) {
            first.update(alternate, 0, Math.min(16, left));
        }
        for (int bits = password.length; bits != 0; bits >>>= 1) {
            first.update((bits & 1) != 0 ? 0 : password[0]);
        }
        byte[] last = first.digest();
        for (int i = 0; i < ROUNDS; i++) {
            MessageDigest round = md5();
            round.update((i & 1) != 0 ? password : last);
            if (i % 3 != 0) {
                round.update(salt);
            }
            if (i % 7 != 0) {
                round.update(password);
            }
            round.update((i & 1) != 0 ? last : password);
            last = round.digest();
        }
        return last;
    }

    private static String encoded(byte[] digest) {
        StringBuilder out = new StringBuilder(22);
        for (int[] three : ORDER) {
            encode(out, (digest[three[0]] & 0xff) << 16 | (digest[three[1]] & 0xff) << 8 | digest[three[2]] & 0xff, 4);
        }
        encode(out, digest[11] & 0xff, 2);
        return out.toString();
    }

    private static void encode(StringBuilder out, int bits, int letters) {
        int left = bits;
        for (int i = 0; i < letters; i++) {
            out.append(ALPHABET.charAt(left & 0x3f));
            left >>>= 6;
        }
    }

    private static byte[] md5(byte[]... parts) {
        MessageDigest digest = md5();
        Arrays.stream(parts).forEach(digest::update);
        return digest.digest();
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }
}
