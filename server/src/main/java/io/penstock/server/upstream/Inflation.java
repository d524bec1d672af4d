package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks gzip (RFC 1952), or what is called deflate (RFC 9110 8.4.1.2: zlib; some send it bare). What goes in comes out at
 * once, so that the events of a stream pass; one piece at a time is in memory.
 */
final class Inflation implements Unpacking {
    private static final int FIXED_HEAD_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int HAS_CRC = 2;
    private static final int HAS_EXTRA = 4;
    private static final int HAS_NAME = 8;
    private static final int HAS_COMMENT = 16;
    private static final int RESERVED = 0xE0;

    private enum State {
        HEAD,
        EXTRA_LENGTH,
        EXTRA,
        NAME,
        COMMENT,
        HEAD_CRC,
        SNIFF,
        DATA,
        TRAILER,
        DONE
    }

    private final boolean gzip;
    private final CRC32 crc = new CRC32();
    private @Nullable Inflater inflater; // owned
    private State state;
    private ByteBuffer in = ByteBuffer.allocate(0); // the caller's
    private int seen; // bytes of the part at hand
    private int flags;
    private long number; // of several bytes, the least first
    private int first = -1; // of deflate
    private long taken;
    private long made;
    private @Nullable String problem;

    Inflation(boolean gzip) {
        this.gzip = gzip;
        this.state = gzip ? State.HEAD : State.SNIFF;
        if (gzip) {
            inflater = new Inflater(true);
        }
    }

    @Override
    public @Nullable String problem() {
        return problem;
    }

    @Override
    public boolean whole() {
        return problem == null && (state == State.DONE || state == State.HEAD && seen == 0 && taken > 0);
    }

    @Override
    public void give(ByteBuffer packed) {
        in = packed;
        taken += packed.remaining();
    }

    @Override
    public @Nullable ByteBuf next(ByteBufAllocator allocator) {
        while (problem == null) {
            if (state == State.DATA) {
                ByteBuf piece = data(allocator);
                if (piece != null) {
                    return piece;
                }
                if (state == State.DATA) {
                    return null;
                }
            } else if (!in.hasRemaining()) {
                return null;
            } else {
                frame(in.get() & 0xFF);
            }
        }
        return null;
    }

    private @Nullable ByteBuf data(ByteBufAllocator allocator) {
        Inflater by = inflater;
        if (by == null) {
            throw new IllegalStateException("nothing to unpack with");
        }
        if (in.hasRemaining()) {
            by.setInput(in);
        }
        ByteBuf piece = allocator.directBuffer(PIECE_BYTES);
        try {
            ByteBuffer out = piece.nioBuffer(0, PIECE_BYTES);
            int size = by.inflate(out);
            if (size > 0) {
                made += size;
                if (gzip) {
                    crc.update(out.flip());
                }
            }
            if (by.needsDictionary()) {
                problem = BROKEN;
            } else if (Unpacking.bomb(taken, made)) {
                problem = BOMB;
            } else if (by.finished()) {
                seen = 0;
                number = 0;
                state = gzip ? State.TRAILER : State.DONE;
            }
            if (problem == null && size > 0) {
                ByteBuf full = piece.writerIndex(size);
                piece = null;
                return full;
            }
        } catch (DataFormatException damaged) {
            problem = BROKEN;
        } finally {
            if (piece != null) {
                piece.release();
            }
        }
        return null;
    }

    /** One byte of what stands around the data. */
    private void frame(int b) {
        switch (state) {
            case HEAD -> head(b);
            case EXTRA_LENGTH -> {
                number |= (long) b << (8 * seen);
                if (++seen == 2) {
                    seen = 0;
                    state = State.EXTRA;
                    skipEmptyParts();
                }
            }
            case EXTRA -> {
                if (++seen == number) {
                    flags &= ~HAS_EXTRA;
                    part();
                }
            }
            case NAME, COMMENT -> {
                if (b == 0) {
                    flags &= state == State.NAME ? ~HAS_NAME : ~HAS_COMMENT;
                    part();
                }
            }
            case HEAD_CRC -> {
                if (++seen == 2) {
                    flags &= ~HAS_CRC;
                    part();
                }
            }
            case SNIFF -> sniff(b);
            case TRAILER -> trailer(b);
            default -> problem = "more than a packed body"; // DONE
        }
    }

    private void head(int b) {
        switch (seen++) {
            case 0 -> check(b == 0x1F);
            case 1 -> check(b == 0x8B);
            case 2 -> check(b == 8);
            case 3 -> {
                flags = b;
                check((b & RESERVED) == 0);
            }
            case FIXED_HEAD_BYTES - 1 -> part();
            default -> {} // time, extra flags, system
        }
    }

    /** Goes on with the next part that the flags announce, or the data. */
    private void part() {
        seen = 0;
        number = 0;
        state = (flags & HAS_EXTRA) != 0
                ? State.EXTRA_LENGTH
                : (flags & HAS_NAME) != 0
                        ? State.NAME
                        : (flags & HAS_COMMENT) != 0
                                ? State.COMMENT
                                : (flags & HAS_CRC) != 0 ? State.HEAD_CRC : State.DATA;
    }

    private void skipEmptyParts() {
        if (number == 0) {
            flags &= ~HAS_EXTRA;
            part();
        }
    }

    /** Two bytes tell whether a deflated body has zlib's head (RFC 1950 2.2). */
    private void sniff(int b) {
        if (first < 0) {
            first = b;
            return;
        }
        boolean zlib = (first & 0x0F) == 8 && (first << 8 | b) % 31 == 0;
        Inflater by = new Inflater(!zlib);
        inflater = by;
        ByteBuffer again = ByteBuffer.allocate(2 + in.remaining());
        again.put((byte) first).put((byte) b).put(in).flip();
        in = again;
        state = State.DATA;
    }

    private void trailer(int b) {
        if (seen < 4) {
            number |= (long) b << (8 * seen);
        }
        if (++seen == 4) {
            check(number == crc.getValue());
        } else if (seen == TRAILER_BYTES) { // another member may follow
            crc.reset();
            if (inflater != null) {
                inflater.reset();
            }
            seen = 0;
            state = State.HEAD;
        }
    }

    private void check(boolean right) {
        if (!right) {
            problem = BROKEN;
        }
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
            inflater = null;
        }
    }
}
