package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/**
 * Walks over the bytes of a model before any object is made of them: refuses what would take memory out of proportion
 * to the file, nests too deep, or holds text that is not UTF-8. Weights are stepped over, so this costs little.
 */
final class WireCheck {
    /** Parts (messages, texts, fields that are not known) of one file; each becomes an object of some 100 bytes. */
    private static final int MOST_PARTS = 3_000_000;

    /** Numbers that are stored as variable-length integers take up to eight times their bytes: so many are a part. */
    private static final int PACKED_NUMBERS = 64;

    private static final int DEEPEST = 90;

    private final CodedInputStream in;
    private int parts;
    private int numbers;

    private WireCheck(CodedInputStream in) {
        this.in = in;
    }

    static void check(ByteString bytes) throws IOException {
        CodedInputStream in = bytes.newCodedInput();
        in.enableAliasing(true);
        new WireCheck(in).message(ModelProto.getDescriptor(), 0);
    }

    private void message(Descriptor type, int depth) throws IOException {
        count();
        if (depth > DEEPEST) {
            throw new InvalidModelException("the model nests deeper than " + DEEPEST + " messages");
        }
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            boolean delimited = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            if (field != null && delimited && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                int limit = in.pushLimit(in.readRawVarint32());
                message(field.getMessageType(), depth + 1);
                in.popLimit(limit);
            } else if (field != null && delimited && field.getJavaType() == FieldDescriptor.JavaType.STRING) {
                count();
                if (!in.readBytes().isValidUtf8()) {
                    throw new InvalidModelException(
                            type.getName() + "." + field.getName() + " holds text that is not UTF-8");
                }
            } else if (field != null && delimited && field.getJavaType() == FieldDescriptor.JavaType.BYTE_STRING) {
                count();
                in.skipField(tag);
            } else if (field != null && delimited && isInteger(field)) {
                int bytes = in.readRawVarint32();
                parts += bytes / PACKED_NUMBERS;
                count();
                in.skipRawBytes(bytes);
            } else {
                if (field == null || field.isRepeated() && ++numbers % PACKED_NUMBERS == 0) {
                    count();
                }
                in.skipField(tag);
            }
        }
    }

    private static boolean isInteger(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.INT
                || field.getJavaType() == FieldDescriptor.JavaType.LONG;
    }

    private void count() {
        if (++parts > MOST_PARTS) {
            throw new InvalidModelException("the model consists of more than " + MOST_PARTS + " parts");
        }
    }
}
