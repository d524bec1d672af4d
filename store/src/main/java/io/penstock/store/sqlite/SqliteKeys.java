package io.penstock.store.sqlite;

import io.penstock.store.GatewayKey;
import io.penstock.store.Keepalive;
import io.penstock.store.KeyStatus;
import io.penstock.store.Keys;
import io.penstock.store.NewKey;
import io.penstock.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * All gateway keys, in memory by keyed hash. {@link #find} is for event loops; the other methods block until the database
 * has it, and may come from any other thread.
 *
 * <p>The text of a key that was accepted once is remembered in memory, so that the next request costs no HMAC. Only texts
 * of keys that exist get there, one per key, so it needs no other bound; unknown texts pay for their HMAC each time.
 */
final class SqliteKeys implements Keys {
    private static final String PREFIX = "sk-or-v1-";
    private static final int RANDOM_BYTES = 32;
    private static final int TEXT_MIN = 20;
    private static final int TEXT_MAX = 200;
    private static final int LABEL_ENDS =
            3; // characters shown at either end: enough to recognise, far too few to guess

    private static final String PEPPER = "pepper_fingerprint"; // in the settings

    private final Writes writes;
    private final InstantSource clock;
    private final ThreadLocal<Mac> macs;
    private final ThreadLocal<KeyText> probes = ThreadLocal.withInitial(KeyText::new);
    private final SecureRandom random = new SecureRandom();
    private final int seed = random.nextInt();
    private final Map<KeyHash, StoredKey> byHash = new ConcurrentHashMap<>();
    private final Map<KeyText, StoredKey> byText = new ConcurrentHashMap<>();

    private SqliteKeys(Writes writes, byte[] pepper, InstantSource clock) {
        this.writes = writes;
        this.clock = clock;
        this.macs = ThreadLocal.withInitial(() -> KeyHash.mac(pepper));
    }

    /**
     * Loads all keys; declared ones wait for {@link #declare}.
     *
     * @throws StoreException if the database was made with another pepper, so that no key could ever be found
     */
    static SqliteKeys load(Connection connection, Writes writes, byte[] pepper, InstantSource clock)
            throws SQLException, StoreException {
        SqliteKeys keys = new SqliteKeys(writes, pepper, clock);
        keys.checkPepper(connection);
        KeyTable.load(connection, keys.byHash::put);
        return keys;
    }

    @Override
    public @Nullable StoredKey find(byte[] text, int from, int to) {
        int length = to - from;
        if (length < TEXT_MIN || length > TEXT_MAX) {
            return null;
        }
        KeyText probe = probes.get();
        probe.look(text, from, to, seed);
        StoredKey key = byText.get(probe);
        if (key == null) {
            key = byHash.get(hash(text, from, length));
            if (key != null) {
                byText.put(probe.copy(), key);
            }
        }
        probe.forget();
        long now = clock.millis();
        if (key == null || !key.accepted(now)) {
            return null;
        }
        key.used(now);
        return key;
    }

    @Override
    public NewKey create(String name) throws StoreException {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String text = PREFIX + HexFormat.of().formatHex(bytes);
        return new NewKey(insert(name, text, false, Keepalive.COMMENT), text);
    }

    @Override
    public synchronized StoredKey declare(String name, String text, Keepalive keepalive) throws StoreException {
        if (text.length() < TEXT_MIN
                || text.length() > TEXT_MAX
                || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new StoreException("key " + name + ": found " + text.length() + " characters, expected " + TEXT_MIN
                    + " to " + TEXT_MAX + ", all of them visible ASCII");
        }
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        KeyHash hash = hash(ascii, 0, ascii.length);
        StoredKey key = byHash.get(hash);
        if (key == null) {
            return insert(name, text, true, keepalive);
        }
        if (!key.name().equals(name) || key.keepalive() != keepalive) {
            writes.write(connection -> KeyTable.redeclare(connection, key.id(), name, keepalive));
            key.redeclare(name, keepalive);
        }
        if (key.status() == KeyStatus.UNDECLARED) {
            key.status(KeyStatus.ACTIVE);
        }
        return key;
    }

    @Override
    public List<GatewayKey> list() {
        return new ArrayList<>(oldestFirst());
    }

    private List<StoredKey> oldestFirst() {
        List<StoredKey> keys = new ArrayList<>(byHash.values());
        keys.sort(Comparator.comparingLong(StoredKey::id));
        return keys;
    }

    @Override
    public synchronized boolean revoke(String which) throws StoreException {
        List<StoredKey> found = new ArrayList<>();
        for (StoredKey key : oldestFirst()) {
            if (key.status() == KeyStatus.REVOKED) {
                continue;
            }
            if (which.equals(Long.toString(key.id()))) {
                found.clear();
                found.add(key);
                break;
            }
            if (which.equals(key.label()) || which.equals(key.name())) {
                found.add(key);
            }
        }
        if (found.isEmpty()) {
            return false;
        }
        if (found.size() > 1) {
            throw new StoreException(
                    "found " + found.size() + " keys called " + which + ", expected one; name it by its id: " + found);
        }
        StoredKey key = found.get(0);
        writes.write(connection -> KeyTable.status(connection, key.id(), KeyStatus.REVOKED));
        key.status(KeyStatus.REVOKED);
        byText.values().remove(key);
        return true;
    }

    /** Notes which pepper the database was made with, the first time. The writer's transaction. */
    boolean rememberPepper(Connection connection) throws SQLException {
        return SettingTable.putIfAbsent(connection, PEPPER, KeyHash.fingerprint(macs.get()));
    }

    /** Writes the times of last use that are not on disk yet. The writer thread, inside its transaction, now and then. */
    void writeLastUsed(Connection connection) throws SQLException {
        KeyTable.lastUsed(connection, byHash.values());
    }

    /** True if {@link #writeLastUsed} has something to do. */
    boolean hasUnwrittenUse() {
        for (StoredKey key : byHash.values()) {
            if (key.unwrittenUse() > 0) {
                return true;
            }
        }
        return false;
    }

    private synchronized StoredKey insert(String name, String text, boolean declared, Keepalive keepalive)
            throws StoreException {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        KeyHash hash = hash(ascii, 0, ascii.length);
        String label = label(text);
        long now = clock.millis();
        long id = writes.write(connection -> KeyTable.insert(connection, name, label, hash, declared, keepalive, now));
        StoredKey key = new StoredKey(id, name, label, declared, keepalive, now, GatewayKey.NEVER, 0, KeyStatus.ACTIVE);
        byHash.put(hash, key);
        return key;
    }

    private KeyHash hash(byte[] text, int from, int length) {
        Mac mac = macs.get();
        mac.update(text, from, length);
        return KeyHash.of(mac.doFinal());
    }

    private static String label(String text) {
        int start = text.startsWith(PREFIX) ? PREFIX.length() + LABEL_ENDS : LABEL_ENDS;
        return text.substring(0, start) + "…" + text.substring(text.length() - LABEL_ENDS);
    }

    private void checkPepper(Connection connection) throws SQLException, StoreException {
        String found = SettingTable.value(connection, PEPPER);
        if (found != null && !KeyHash.fingerprint(macs.get()).equals(found)) {
            throw new StoreException("the master key is not the one that this database was made with, so none of its"
                    + " keys would be recognised; restore master.key or PENSTOCK_MASTER_KEY");
        }
    }
}
