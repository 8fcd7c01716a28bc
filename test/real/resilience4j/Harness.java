import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Shows calls to a real resilience4j circuit breaker and prints what it made of each.
 *
 * <p>Input, one item a line (times in µs since the epoch, durations in µs):
 *
 * <pre>
 * breaker startUs windowSeconds minimumCalls failurePercent slowUs|off slowPercent waitMs maxWaitMs permitted
 * success|failure|ignored|not_permitted endUs durationUs
 * </pre>
 *
 * <p>Output, one line a call:
 * {@code state failurePercent slowPercent calls failed slow notPermitted transitions}; transitions are
 * {@code from>to}, joined by commas, {@code -} for none, and say which thresholds were exceeded.
 *
 * <p>How it stands for an observer:
 *
 * <ul>
 *   <li>Calls are recorded without asking for a permit: resilience4j itself asks for none when a result comes in.
 *   <li>OPEN ends by time. resilience4j's automatic transition uses a scheduler on real time that cannot be given
 *       another clock, so the lazy way is taken: just before the first call at or after the end of the wait, at one
 *       nanosecond after that end (its comparison is strict), a permit is asked for, and given back. A permit asked
 *       for at the end itself must be refused: so the end is the one that resilience4j computed, to the nanosecond.
 *   <li>A call that a proxy refused moves the clock; while OPEN a permit is asked for, and refused.
 * </ul>
 */
public final class Harness {
    private final ManualClock clock = new ManualClock();
    private final CircuitBreaker breaker;
    private final List<String> transitions = new ArrayList<>();
    private String exceeded = "";
    private long waitEndsUs = Long.MAX_VALUE;

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII), 1 << 16);
        var out = new StringBuilder();
        Harness harness = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("breaker")) {
                harness = new Harness(words);
            } else {
                harness.show(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]));
                harness.print(out);
            }
            if (out.length() > 1 << 16) {
                System.out.append(out);
                out.setLength(0);
            }
        }
        System.out.append(out).flush();
    }

    private Harness(String[] words) {
        clock.setUs(Long.parseLong(words[1]));
        boolean slowOff = words[5].equals("off");
        long waitMs = Long.parseLong(words[7]);
        long maxWaitMs = Long.parseLong(words[8]);
        var config = CircuitBreakerConfig.custom()
            .clock(clock)
            .slidingWindow(Integer.parseInt(words[2]), Integer.parseInt(words[3]), SlidingWindowType.TIME_BASED)
            .failureRateThreshold(Float.parseFloat(words[4]))
            // It cannot be turned off: a duration that no call reaches.
            .slowCallDurationThreshold(
                slowOff
                    ? Duration.ofDays(36_500)
                    : Duration.of(Long.parseLong(words[5]), ChronoUnit.MICROS))
            .slowCallRateThreshold(Float.parseFloat(words[6]))
            .waitIntervalFunctionInOpenState(attempts -> {
                long waitingMs = Math.min(waitMs * attempts, maxWaitMs);
                waitEndsUs = clock.us + waitingMs * 1000;
                return waitingMs;
            })
            .permittedNumberOfCallsInHalfOpenState(Integer.parseInt(words[9]))
            .ignoreExceptions(Ignored.class)
            .build();
        breaker = CircuitBreaker.of("b", config);
        breaker.getEventPublisher()
            .onFailureRateExceeded(event -> exceeded += "+failure")
            .onSlowCallRateExceeded(event -> exceeded += "+slow")
            .onStateTransition(event -> {
                var change = event.getStateTransition();
                transitions.add(change.getFromState() + ">" + change.getToState() + exceeded);
                exceeded = "";
            });
    }

    private void show(String kind, long us, long durationUs) {
        endWait(us);
        clock.setUs(us);
        switch (kind) {
            case "success" -> breaker.onSuccess(durationUs, TimeUnit.MICROSECONDS);
            case "failure" -> breaker.onError(durationUs, TimeUnit.MICROSECONDS, FAILED);
            case "ignored" -> breaker.onError(durationUs, TimeUnit.MICROSECONDS, IGNORED);
            case "not_permitted" -> {
                if (breaker.getState() == State.OPEN && breaker.tryAcquirePermission()) {
                    throw new IllegalStateException("a permit before the wait was over");
                }
            }
            default -> throw new IllegalArgumentException("unknown kind of call: " + kind);
        }
    }

    private void endWait(long us) {
        if (breaker.getState() != State.OPEN || us < waitEndsUs) return;
        clock.setUs(waitEndsUs);
        if (breaker.tryAcquirePermission()) throw new IllegalStateException("the wait ended early");
        clock.now = clock.now.plusNanos(1);
        if (!breaker.tryAcquirePermission()) throw new IllegalStateException("the wait did not end");
        breaker.releasePermission();
    }

    private void print(StringBuilder out) {
        var metrics = breaker.getMetrics();
        out.append(breaker.getState()).append(' ')
            .append(metrics.getFailureRate()).append(' ')
            .append(metrics.getSlowCallRate()).append(' ')
            .append(metrics.getNumberOfBufferedCalls()).append(' ')
            .append(metrics.getNumberOfFailedCalls()).append(' ')
            .append(metrics.getNumberOfSlowCalls()).append(' ')
            .append(metrics.getNumberOfNotPermittedCalls()).append(' ')
            .append(transitions.isEmpty() ? "-" : String.join(",", transitions)).append('\n');
        transitions.clear();
    }

    private static final class ManualClock extends Clock {
        private Instant now;
        private long us;

        void setUs(long us) {
            this.us = us;
            now = Instant.ofEpochSecond(Math.floorDiv(us, 1_000_000L), Math.floorMod(us, 1_000_000L) * 1000);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private static final Exception FAILED = new Exception();
    private static final Exception IGNORED = new Ignored();

    private static final class Ignored extends Exception {
    }
}
