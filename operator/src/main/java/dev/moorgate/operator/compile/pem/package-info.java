/**
 * Certificate chains and private keys from PEM, checked to belong together and put into one form. Depends on {@code routetable}
 * only. Start at {@code KeyPairs}.
 */
@NullMarked
package dev.moorgate.operator.compile.pem;

import org.jspecify.annotations.NullMarked;
