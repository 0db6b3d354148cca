package dev.moorgate.operator.conditions;

/**
 * A mistake in an object: what a user must mend.
 *
 * @param field the place in the object; empty for the object as a whole
 */
public record Finding(ObjectRef object, String field, Reason reason, String message) {
    /** {@code HTTPRoute shop/cart: spec.rules[0].backendRefs[0]: … (BackendNotFound)}. */
    @Override
    public String toString() {
        String place = field.isEmpty() ? "" : field + ": ";
        return object + ": " + place + message + " (" + reason + ")";
    }
}
