package io.millrace.onnx.operator;

import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.Part;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** DepthToSpace and SpaceToDepth: channels laid out as a block of places, and back. */
final class DepthToSpace {
    private DepthToSpace() {}

    static void declare() {
        Operators.standard("DepthToSpace")
                .shape(DepthToSpace::shape)
                .channels(DepthToSpace::follow)
                .zeroWithFirst();
        Operators.standard("SpaceToDepth")
                .shape(DepthToSpace::inverseShape)
                .channels(DepthToSpace::followInverse)
                .zeroWithFirst();
    }

    private static Dim block(Call call) {
        return Dim.of(call.attribute("blocksize", 1));
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        Dim block = block(call);
        call.out(
                x.type(),
                List.of(
                        x.dim(0),
                        x.dim(1).over(block.times(block)),
                        x.dim(2).times(block),
                        x.dim(3).times(block)));
    }

    private static void inverseShape(Call call) {
        Shape x = call.in(0);
        Dim block = block(call);
        call.out(
                x.type(),
                List.of(
                        x.dim(0),
                        x.dim(1).times(block.times(block)),
                        x.dim(2).over(block),
                        x.dim(3).over(block)));
    }

    private static void follow(Site site) {
        int block = (int) site.node().intAttribute("blocksize", 1);
        boolean depthFirst = site.node().stringAttribute("mode", "DCR").equals("DCR");
        int[] ids = site.claim(0, 1);
        Layout rest = site.seal(0, axis -> axis >= 2).only(axis -> axis == 0);
        if (ids == null) {
            site.give(rest);
            return;
        }
        int squared = block * block;
        int channels = ids.length / squared;
        int[] out = new int[channels];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < squared; i++) {
                int id = ids[depthFirst ? i * channels + c : c * squared + i];
                out[c] = i == 0 ? id : out[c];
                site.unite(out[c], id);
            }
        }
        site.give(channels == 1 ? rest : rest.plus(Part.of(1, out)));
        if (channels == 1) {
            site.freeze(out, "is the only channel that " + site.label() + " makes");
        }
    }

    private static void followInverse(Site site) {
        int block = (int) site.node().intAttribute("blocksize", 1);
        int[] ids = site.claim(0, 1);
        Layout rest = site.seal(0, axis -> axis >= 2).only(axis -> axis == 0);
        if (ids == null) {
            site.give(rest);
            return;
        }
        boolean depthFirst = site.node().stringAttribute("mode", "DCR").equals("DCR");
        int squared = block * block;
        int[] repeated = IntStream.range(0, ids.length * squared)
                .map(i -> ids[depthFirst ? i % ids.length : i / squared])
                .toArray();
        site.give(rest.plus(Part.of(1, repeated)));
    }
}
