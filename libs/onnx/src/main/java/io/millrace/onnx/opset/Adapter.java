package io.millrace.onnx.opset;

import io.millrace.onnx.Node;
import java.util.List;

/** Writes a node as the next version of its operator wants it. */
interface Adapter {
    /** The nodes in its place; the node itself where nothing has to be changed. */
    List<Node> convert(Node node, Rewriting work) throws InexactException;
}
