package dev.moorgate.dataplane.listen.tls;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** One encapsulated text of a PEM file (RFC 7468); text around the blocks is ignored. */
record PemBlock(String label, String body) {
    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";

    boolean isCertificate() {
        return label.equals("CERTIFICATE") || label.equals("X509 CERTIFICATE") || label.equals("TRUSTED CERTIFICATE");
    }

    static List<PemBlock> all(String pem) throws GeneralSecurityException {
        var blocks = new ArrayList<PemBlock>();
        int at = pem.indexOf(BEGIN);
        while (at >= 0) {
            int labelEnd = pem.indexOf(DASHES, at + BEGIN.length());
            if (labelEnd < 0) {
                throw new GeneralSecurityException("a PEM block has no proper first line");
            }
            String label = pem.substring(at + BEGIN.length(), labelEnd);
            int start = labelEnd + DASHES.length();
            int end = pem.indexOf("-----END " + label + DASHES, start);
            if (end < 0) {
                throw new GeneralSecurityException("the PEM block " + label + " has no end");
            }
            blocks.add(new PemBlock(label, pem.substring(start, end)));
            at = pem.indexOf(BEGIN, end);
        }
        return blocks;
    }

    /** The bytes that it encapsulates. */
    byte[] der() throws GeneralSecurityException {
        if (body.indexOf(':') >= 0) {
            throw new GeneralSecurityException("the PEM block " + label + " is encrypted");
        }
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("the PEM block " + label + " is not base64", e);
        }
    }
}
