package io.millrace.onnx.channels;

/** What an operator does with the atoms of its inputs. */
interface Rule {
    /** Gives the node's outputs their layouts; unites or freezes atoms of its inputs. */
    void apply(Site site);
}
