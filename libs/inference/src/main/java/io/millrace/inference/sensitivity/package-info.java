/** How much a network's answer changes when one part of it is changed. */
package io.millrace.inference.sensitivity;
