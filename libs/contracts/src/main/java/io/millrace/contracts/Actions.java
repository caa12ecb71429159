package io.millrace.contracts;

/** What the stages that ship with Millrace are asked to do for a recipe, and the kinds of its rounds. */
public final class Actions {
    public static final String COMPRESS = "compress";
    public static final String QUANTIZE = "quantize";
    public static final String FINETUNE = "finetune";

    private Actions() {}
}
