package dev.moorgate.operator.crd;

/** Regular expressions of the schemas; each matches the whole value in RE2 and in Java alike. */
public final class Patterns {
    /** RFC 9110 5.6.2 token: cookie and header names. */
    public static final String TOKEN = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

    /** RFC 1123 label. */
    public static final String DNS_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

    /** Host name of two labels or more. */
    public static final String DOMAIN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)+$";

    /** RFC 6265 4.1.1 path-value that begins with a slash. */
    public static final String COOKIE_PATH = "^/[!-:<-~]*$";

    /** Kubernetes object name. */
    public static final String OBJECT_NAME = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    /** Media type with optional parameters. */
    public static final String MEDIA_TYPE = "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *;[ -~]*)?$";

    /** Media type in lower case without parameters, or all of a type. */
    public static final String MEDIA_RANGE = "^[a-z0-9!#$&^_.+-]+/([*]|[a-z0-9!#$&^_.+-]+)$";

    /** RFC 3339 with seconds, in UTC or with an offset. */
    public static final String DATE_TIME =
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$";

    /** Network in CIDR notation, of either family; what it does not catch is found when the table is compiled. */
    public static final String CIDR =
            "^([0-9]{1,3}([.][0-9]{1,3}){3}/[0-9]{1,2}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/[0-9]{1,3})$";

    private Patterns() {}
}
