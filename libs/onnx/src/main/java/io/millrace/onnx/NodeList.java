package io.millrace.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Nodes in an order that can be changed anywhere at the same small cost, and asked which of two stands first. */
final class NodeList {
    private static final long GAP = 1L << 32;

    private final Map<Node, Link> links = new HashMap<>();
    /** Stands before the first and behind the last. */
    private final Link end = new Link(null);

    private static final class Link {
        final Node node;
        Link before = this;
        Link behind = this;
        long place;

        Link(Node node) {
            this.node = node;
        }
    }

    NodeList(List<Node> nodes) {
        nodes.forEach(node -> insert(node, end.before));
    }

    List<Node> toList() {
        List<Node> nodes = new ArrayList<>(links.size());
        for (Link at = end.behind; at != end; at = at.behind) {
            nodes.add(at.node);
        }
        return nodes;
    }

    boolean contains(Node node) {
        return links.containsKey(node);
    }

    /** Negative if {@code a} stands before {@code b}. */
    int compare(Node a, Node b) {
        return Long.compare(link(a).place, link(b).place);
    }

    /** The node right before this one, {@code null} if it is the first. */
    Node before(Node node) {
        return link(node).before.node;
    }

    /** Inserts a node right behind another; at the front where that is {@code null}. */
    void insertBehind(Node reference, Node node) {
        insert(node, reference == null ? end : link(reference));
    }

    void remove(Node node) {
        Link link = link(node);
        link.before.behind = link.behind;
        link.behind.before = link.before;
        links.remove(node);
    }

    private void insert(Node node, Link before) {
        Link link = new Link(node);
        if (links.putIfAbsent(node, link) != null) {
            throw new IllegalArgumentException("node " + node + " is in the graph already");
        }
        link.before = before;
        link.behind = before.behind;
        link.behind.before = link;
        before.behind = link;
        long from = before.place;
        long to = link.behind == end ? from + 2 * GAP : link.behind.place;
        link.place = from + (to - from) / 2;
        if (link.place == from) {
            renumber();
        }
    }

    private void renumber() {
        long place = 0;
        for (Link at = end.behind; at != end; at = at.behind) {
            place += GAP;
            at.place = place;
        }
    }

    private Link link(Node node) {
        Link link = links.get(node);
        if (link == null) {
            throw new IllegalArgumentException("node " + node + " is not in this graph");
        }
        return link;
    }
}
