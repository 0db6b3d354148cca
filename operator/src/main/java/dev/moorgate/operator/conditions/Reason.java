package dev.moorgate.operator.conditions;

/** Every reason that users read: Gateway API's words first, then Ingress and our own. */
public enum Reason {
    ACCEPTED("Accepted"),
    RESOLVED_REFS("ResolvedRefs"),
    PROGRAMMED("Programmed"),
    PENDING("Pending"),

    // GatewayClass
    INVALID_PARAMETERS("InvalidParameters"),
    UNSUPPORTED("Unsupported"),
    WAITING("Waiting"),
    SUPPORTED_VERSION("SupportedVersion"),
    UNSUPPORTED_VERSION("UnsupportedVersion"),

    // Gateway
    INVALID("Invalid"),
    LISTENERS_NOT_VALID("ListenersNotValid"),
    LISTENERS_NOT_RESOLVED("ListenersNotResolved"),
    NO_RESOURCES("NoResources"),
    INVALID_CLIENT_CERTIFICATE_REF("InvalidClientCertificateRef"),
    ADDRESS_NOT_ASSIGNED("AddressNotAssigned"),
    ADDRESS_NOT_USABLE("AddressNotUsable"),
    UNSUPPORTED_ADDRESS("UnsupportedAddress"),
    SECURE_CONFIGURATION("SecureConfiguration"),
    CONFIGURATION_CHANGED("ConfigurationChanged"),

    // Listener
    PORT_UNAVAILABLE("PortUnavailable"),
    UNSUPPORTED_PROTOCOL("UnsupportedProtocol"),
    INVALID_CERTIFICATE_REF("InvalidCertificateRef"),
    INVALID_CA_CERTIFICATE_REF("InvalidCACertificateRef"),
    INVALID_CA_CERTIFICATE_KIND("InvalidCACertificateKind"),
    NO_VALID_CA_CERTIFICATE("NoValidCACertificate"),
    INVALID_ROUTE_KINDS("InvalidRouteKinds"),
    REF_NOT_PERMITTED("RefNotPermitted"),
    HOSTNAME_CONFLICT("HostnameConflict"),
    PROTOCOL_CONFLICT("ProtocolConflict"),
    NO_CONFLICTS("NoConflicts"),
    OVERLAPPING_HOSTNAMES("OverlappingHostnames"),
    OVERLAPPING_CERTIFICATES("OverlappingCertificates"),
    NO_OVERLAP("NoOverlap"),

    // ListenerSet
    TOO_MANY_LISTENERS("TooManyListeners"),
    LISTENER_CONFLICT("ListenerConflict"),
    PARENT_NOT_ACCEPTED("ParentNotAccepted"),
    PARENT_NOT_PROGRAMMED("ParentNotProgrammed"),
    NOT_ALLOWED("NotAllowed"),

    // Route
    NOT_ALLOWED_BY_LISTENERS("NotAllowedByListeners"),
    NO_MATCHING_LISTENER_HOSTNAME("NoMatchingListenerHostname"),
    NO_MATCHING_PARENT("NoMatchingParent"),
    UNSUPPORTED_VALUE("UnsupportedValue"),
    INCOMPATIBLE_FILTERS("IncompatibleFilters"),
    INVALID_KIND("InvalidKind"),
    BACKEND_NOT_FOUND("BackendNotFound"),
    ALL_VALID("AllValid"),

    // Policies
    CONFLICTED("Conflicted"),
    TARGET_NOT_FOUND("TargetNotFound"),
    SERVICE_AFFINITY_CLASH("ServiceAffinityClash"),
    KEY_SECRET_NOT_FOUND("KeySecretNotFound"),
    PROPAGATED("Propagated"),
    KEYS_ROTATED("KeysRotated"),

    // Ingress and what has no conditions of its own
    CLASS_NOT_FOUND("ClassNotFound"),
    HOST_INVALID("HostInvalid"),
    PATH_INVALID("PathInvalid"),
    PATH_CONFLICT("PathConflict"),
    SERVICE_NOT_FOUND("ServiceNotFound"),
    SERVICE_PORT_NOT_FOUND("ServicePortNotFound"),
    EXTERNAL_NAME_REFUSED("ExternalNameRefused"),
    RESOURCE_BACKEND_UNSUPPORTED("ResourceBackendUnsupported"),
    SECRET_NOT_FOUND("SecretNotFound"),
    SECRET_INVALID("SecretInvalid"),
    FILTER_NOT_FOUND("FilterNotFound"),
    FILTER_INVALID("FilterInvalid"),
    REGEX_INVALID("RegexInvalid"),
    NO_ENDPOINTS("NoEndpoints"),
    DUPLICATE_OBJECT("DuplicateObject"),
    IGNORED("Ignored");

    private final String word;

    Reason(String word) {
        this.word = word;
    }

    /** As users read it. */
    public String word() {
        return word;
    }

    @Override
    public String toString() {
        return word;
    }
}
