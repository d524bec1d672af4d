package io.penstock.store.disk;

import io.penstock.store.InUseException;
import io.penstock.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The {@code <data>} directory, held by one process at a time: 0700, its files 0600, and the master key.
 *
 * <p>{@code master.key} is one line: base64 of 32 bytes for the secrets of providers, 32 bytes of pepper for the hashes of
 * gateway keys, and the first 8 bytes of the SHA-256 of both, which tell a damaged file.
 */
public final class DataDirectory implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final String MASTER_KEY = "master.key";
    private static final int SECRET_BYTES = 32;
    private static final int PEPPER_BYTES = 32;
    private static final int CHECK_BYTES = 8;
    private static final int PASSPHRASE_MIN = 32; // characters: it must stand in for random bytes

    private final Path path;
    private final ProcessLock lock; // owned
    private final byte[] pepper;

    private DataDirectory(Path path, ProcessLock lock, byte[] pepper) {
        this.path = path;
        this.lock = lock;
        this.pepper = pepper;
    }

    /** Makes the directory if needed, locks it, and reads or makes {@code master.key}. */
    public static DataDirectory open(Path dir) throws StoreException {
        return open(dir, null);
    }

    /** The same with the value of {@code PENSTOCK_MASTER_KEY}, which replaces the file; null: not set. */
    public static DataDirectory open(Path dir, @Nullable String masterKey) throws StoreException {
        Path path = dir.toAbsolutePath().normalize();
        try {
            create(path);
        } catch (IOException e) {
            throw unusable(path, e);
        }
        ProcessLock lock = lock(path);
        try {
            return new DataDirectory(path, lock, masterKey == null ? fromFile(path) : fromText(masterKey));
        } catch (StoreException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    public Path resolve(String name) {
        return path.resolve(name);
    }

    /** The key of the keyed hashes, for {@link StoreOptions}. A copy. */
    public byte[] pepper() {
        return pepper.clone();
    }

    /** Writes a small file, 0600, whole or not at all. */
    public void write(String name, String text) throws StoreException {
        try {
            write(path, name, text);
        } catch (IOException e) {
            throw new StoreException("cannot write " + resolve(name) + ": " + e.getMessage(), e);
        }
    }

    /** Gives the directory free for others. */
    @Override
    public void close() {
        lock.close();
    }

    private static void create(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
                if (permissions.retainAll(OWNER_ONLY)) {
                    Files.setPosixFilePermissions(path, permissions);
                }
            }
        } else {
            Files.createDirectories(path, OwnerOnly.directory());
        }
    }

    private static ProcessLock lock(Path path) throws StoreException {
        ProcessLock lock;
        try {
            lock = ProcessLock.take(path, "lock");
        } catch (IOException e) {
            throw unusable(path, e);
        }
        if (lock == null) {
            throw new InUseException("the data directory " + path
                    + " is in use by another Penstock; stop that one, or give this one a directory of its own (data: in the"
                    + " configuration, PENSTOCK_DATA)");
        }
        return lock;
    }

    private static StoreException unusable(Path path, IOException e) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            return new StoreException(
                    "the data directory " + path + " is not a directory; move the file away, or name another", e);
        }
        if (Files.isDirectory(path) && !Files.isWritable(path)) {
            return new StoreException(
                    "the data directory " + path + " is read-only for this user; give it write permission, or name"
                            + " another",
                    e);
        }
        return new StoreException(
                "cannot use the data directory " + path + ": " + e + "; "
                        + DiskRoom.advice(path, "check the path, its permissions and the disk"),
                e);
    }

    private static byte[] fromFile(Path path) throws StoreException {
        Path file = path.resolve(MASTER_KEY);
        try {
            if (!Files.exists(file)) {
                byte[] bytes = new byte[SECRET_BYTES + PEPPER_BYTES];
                new SecureRandom().nextBytes(bytes);
                byte[] checked = Arrays.copyOf(bytes, bytes.length + CHECK_BYTES);
                System.arraycopy(check(bytes), 0, checked, bytes.length, CHECK_BYTES);
                write(path, MASTER_KEY, Base64.getEncoder().encodeToString(checked) + "\n");
            }
            byte[] read = Base64.getDecoder()
                    .decode(Files.readString(file, StandardCharsets.US_ASCII).strip());
            byte[] bytes = Arrays.copyOf(read, SECRET_BYTES + PEPPER_BYTES);
            byte[] check = Arrays.copyOfRange(read, Math.min(read.length, bytes.length), read.length);
            if (!MessageDigest.isEqual(check, check(bytes))) {
                throw new StoreException(damaged(file));
            }
            return Arrays.copyOfRange(bytes, SECRET_BYTES, bytes.length);
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw new StoreException(damaged(file), e);
        } catch (IOException e) {
            throw new StoreException(
                    "cannot read or make " + file + ": " + e + "; " + DiskRoom.advice(file, "check its permissions"),
                    e);
        }
    }

    private static String damaged(Path file) {
        return "the master key " + file
                + " is damaged: its check value is wrong; restore it from a backup (without it no"
                + " gateway key can be recognised), or move it away together with the database to start anew";
    }

    private static byte[] fromText(String text) throws StoreException {
        if (text.length() < PASSPHRASE_MIN) {
            throw new StoreException("PENSTOCK_MASTER_KEY: found " + text.length() + " characters, expected at least "
                    + PASSPHRASE_MIN + " random ones (openssl rand -base64 48)");
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal("penstock pepper 1".getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every Java platform", e);
        }
    }

    private static byte[] check(byte[] bytes) {
        try {
            return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(bytes), CHECK_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }

    private static void write(Path path, String name, String text) throws IOException {
        Path fresh = path.resolve(name + ".new");
        Files.deleteIfExists(fresh);
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(fresh, options, OwnerOnly.file())) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
