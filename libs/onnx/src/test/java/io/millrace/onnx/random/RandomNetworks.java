package io.millrace.onnx.random;

import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.providers.ArbitraryProvider;
import net.jqwik.api.providers.TypeUsage;

/** Lets a property ask for a random network: {@code @ForAll RandomNetwork}. It shrinks to fewer and simpler blocks. */
public final class RandomNetworks implements ArbitraryProvider {
    private static final int LONGEST = 12;

    @Override
    public boolean canProvideFor(TypeUsage type) {
        return type.isOfType(RandomNetwork.class);
    }

    @Override
    public Set<Arbitrary<?>> provideFor(TypeUsage type, SubtypeProvider subtypes) {
        return Set.of(Combinators.combine(step(), step().list().ofMaxSize(LONGEST), step())
                .as(RandomNetwork::of));
    }

    private static Arbitrary<Step> step() {
        Arbitrary<Integer> choice = Arbitraries.integers().between(0, 59);
        return Combinators.combine(
                        Arbitraries.integers().between(0, RandomNetwork.choices() - 1), choice, choice, choice, choice)
                .as(Step::new);
    }
}
