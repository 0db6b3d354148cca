package dev.moorgate.dataplane.listen.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/** Private keys from PEM: PKCS#8 (RFC 5208), and PKCS#1 (RFC 8017) and SEC 1 (RFC 5915) by putting them into PKCS#8. */
final class PrivateKeys {
    private static final byte[] VERSION_0 = {2, 1, 0};
    /** AlgorithmIdentifier of rsaEncryption: OID 1.2.840.113549.1.1.1, NULL. */
    private static final byte[] RSA = {
        0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
    };

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 4;

    private PrivateKeys() {}

    /** The first private key in {@code pem}, which belongs to {@code leaf}, the public key of its certificate. */
    static PrivateKey read(String pem, PublicKey leaf) throws GeneralSecurityException {
        for (PemBlock block : PemBlock.all(pem)) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return matched(decode(block.der(), leaf), leaf);
                }
                case "RSA PRIVATE KEY" -> {
                    return matched(decode(wrap(RSA, block.der()), leaf), leaf);
                }
                case "EC PRIVATE KEY" -> {
                    return matched(decode(wrap(algorithm(leaf), block.der()), leaf), leaf);
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw new GeneralSecurityException("the private key is encrypted with a password");
                default -> {}
            }
        }
        throw new GeneralSecurityException("no private key in the PEM text");
    }

    private static PrivateKey decode(byte[] pkcs8, PublicKey leaf) throws GeneralSecurityException {
        return KeyFactory.getInstance(leaf.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    /** The compiler has tried the pair; here only what costs nothing. */
    private static PrivateKey matched(PrivateKey key, PublicKey leaf) throws GeneralSecurityException {
        if (key instanceof RSAPrivateKey mine
                && leaf instanceof RSAPublicKey shown
                && !mine.getModulus().equals(shown.getModulus())) {
            throw new GeneralSecurityException("the private key is not the certificate's");
        }
        return key;
    }

    /** The AlgorithmIdentifier of a public key: the first element of its SubjectPublicKeyInfo. */
    private static byte[] algorithm(PublicKey key) {
        byte[] info = key.getEncoded();
        int start = bodyOffset(info, 0);
        int end = bodyOffset(info, start) + bodyLength(info, start);
        return Arrays.copyOfRange(info, start, end);
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, VERSION_0, algorithm, element(OCTET_STRING, key));
    }

    private static byte[] element(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        var out = new ByteArrayOutputStream(length + 5);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Where the value of the DER element at {@code at} begins. */
    private static int bodyOffset(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int bodyLength(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = length << 8 | der[at + 2 + i] & 0xff;
        }
        return length;
    }
}
