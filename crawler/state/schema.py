"""The tables of the crawl state, as numbered migrations. Facts only; the verbs are beside it."""

#: Marks the file as ours (SQLite's application_id): ASCII "NWSC".
APPLICATION_ID = 0x4E575343

#: Migration n brings a database from user_version n to n + 1. Never edit one that has been released: append.
MIGRATIONS = (
    """
    CREATE TABLE source (
        id TEXT PRIMARY KEY,
        announced INTEGER NOT NULL DEFAULT 0,   -- links ever announced: checked against the tally below
        explored REAL                           -- when its feeds and sitemaps were last looked for
    ) WITHOUT ROWID;

    CREATE TABLE document (
        source TEXT NOT NULL,
        url TEXT NOT NULL,
        kind TEXT NOT NULL,
        origin TEXT NOT NULL,                   -- sources file, robots, home, guess, or the document that named it
        child INTEGER NOT NULL DEFAULT 0,       -- 1: visited when its origin was visited, not on its own
        place INTEGER NOT NULL DEFAULT 0,       -- rank among the children of its origin
        etag TEXT,
        last_modified TEXT,
        digest TEXT,                            -- of the links it announced: a change is judged by this
        polls INTEGER NOT NULL DEFAULT 0,
        fails INTEGER NOT NULL DEFAULT 0,       -- in a row
        checked REAL,
        changed REAL,
        not_before REAL NOT NULL DEFAULT 0,
        outcome TEXT,
        links INTEGER NOT NULL DEFAULT 0,       -- in its last full reading
        PRIMARY KEY (source, url)
    ) WITHOUT ROWID;

    CREATE TABLE url (
        key TEXT PRIMARY KEY,                   -- identity key
        url TEXT NOT NULL,                      -- fetch form, as first announced
        source TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'stored', 'duplicate', 'rejected', 'failed')),
        reason TEXT,
        detail TEXT,
        announced REAL NOT NULL,
        freshness REAL NOT NULL,                -- newest date known of it, else when it was announced: newest first
        method TEXT NOT NULL,
        document TEXT,
        title TEXT,
        published REAL,
        modified REAL,
        language TEXT,
        tries INTEGER NOT NULL DEFAULT 0,
        retry_at REAL,                          -- when a failed one may be tried again; NULL: never
        run TEXT,                               -- that leased or settled it
        settled REAL
    ) WITHOUT ROWID;
    CREATE INDEX url_pending ON url (source, freshness DESC) WHERE state = 'pending';
    CREATE INDEX url_retry ON url (source, retry_at) WHERE retry_at IS NOT NULL;
    CREATE INDEX url_leased ON url (run) WHERE state = 'leased';

    -- How many addresses of a source are in which state, kept by triggers so that no verb can forget it.
    CREATE TABLE tally (
        source TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (source, state, reason)
    ) WITHOUT ROWID;
    CREATE TRIGGER tally_new AFTER INSERT ON url BEGIN
        INSERT INTO tally VALUES (NEW.source, NEW.state, ifnull(NEW.reason, ''), 1)
            ON CONFLICT DO UPDATE SET n = n + 1;
    END;
    CREATE TRIGGER tally_moved AFTER UPDATE OF state, reason ON url BEGIN
        UPDATE tally SET n = n - 1
            WHERE source = OLD.source AND state = OLD.state AND reason = ifnull(OLD.reason, '');
        INSERT INTO tally VALUES (NEW.source, NEW.state, ifnull(NEW.reason, ''), 1)
            ON CONFLICT DO UPDATE SET n = n + 1;
    END;

    CREATE TABLE alias (
        key TEXT PRIMARY KEY,
        target TEXT NOT NULL,                   -- identity key of the article
        how TEXT NOT NULL                       -- redirect, page, same_address, same_text, or canonical: only claimed
    ) WITHOUT ROWID;
    CREATE INDEX alias_target ON alias (target);

    CREATE TABLE announcement (
        key TEXT NOT NULL,
        document TEXT NOT NULL,
        at REAL NOT NULL,
        title TEXT,
        PRIMARY KEY (key, document)
    ) WITHOUT ROWID;

    CREATE TABLE attempt (
        key TEXT NOT NULL,
        at REAL NOT NULL,
        run TEXT NOT NULL,
        outcome TEXT NOT NULL,
        detail TEXT
    );
    CREATE INDEX attempt_key ON attempt (key);

    CREATE TABLE article (
        id TEXT PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        url TEXT NOT NULL,
        source TEXT NOT NULL,
        domain TEXT NOT NULL,
        headline TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        cluster TEXT,                           -- id of the first article with the same text, on another site
        revision INTEGER NOT NULL DEFAULT 1,
        stored REAL NOT NULL,
        run TEXT NOT NULL,
        segment TEXT,                           -- file that holds its newest line; NULL while that waits
        position INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX article_text ON article (content_hash);

    CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        article TEXT NOT NULL,
        day TEXT NOT NULL,
        line BLOB NOT NULL
    );

    CREATE TABLE segment (
        name TEXT PRIMARY KEY,
        day TEXT NOT NULL,
        part INTEGER NOT NULL,
        bytes INTEGER NOT NULL DEFAULT 0,       -- committed length of the file
        lines INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;

    CREATE TABLE run (
        id TEXT PRIMARY KEY,
        started REAL NOT NULL,
        ended REAL,
        command TEXT NOT NULL,
        exit INTEGER
    ) WITHOUT ROWID;
    """,
    """
    -- Accepted articles whose site is not known well enough yet; then their line is frozen and goes to the outbox.
    CREATE TABLE waiting (
        article TEXT PRIMARY KEY,
        site TEXT NOT NULL,
        day TEXT NOT NULL,
        record BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX waiting_site ON waiting (site);

    CREATE TABLE site (
        id TEXT PRIMARY KEY,
        articles INTEGER NOT NULL DEFAULT 0,    -- distinct ones ever accepted
        learned INTEGER NOT NULL DEFAULT 0      -- how many there were when its text was last learned
    ) WITHOUT ROWID;

    -- The newest texts of a site, from which its own text is learned.
    CREATE TABLE site_article (
        site TEXT NOT NULL,
        number INTEGER NOT NULL,
        text BLOB NOT NULL,                     -- UTF-8, deflated
        PRIMARY KEY (site, number)
    ) WITHOUT ROWID;

    CREATE TABLE site_text (
        site TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('block', 'sentence')),
        key BLOB NOT NULL,
        last REAL NOT NULL,                     -- when it was last learned again
        PRIMARY KEY (site, kind, key)
    ) WITHOUT ROWID;

    ALTER TABLE article ADD COLUMN raw_hash TEXT;       -- of the text before site text was taken out of it
    UPDATE article SET raw_hash = content_hash;
    DROP INDEX article_text;
    CREATE INDEX article_raw ON article (raw_hash);
    ALTER TABLE article ADD COLUMN published REAL;      -- what the page says, for telling the original from its copies

    -- The copy index.
    CREATE TABLE sketch (
        id INTEGER PRIMARY KEY,
        article TEXT NOT NULL,
        domain TEXT NOT NULL,
        day INTEGER NOT NULL,                   -- since 1970, for expiry
        data BLOB NOT NULL
    );
    CREATE INDEX sketch_day ON sketch (day);
    CREATE TABLE posting (
        hash INTEGER NOT NULL,
        sketch INTEGER NOT NULL,
        PRIMARY KEY (hash, sketch)
    ) WITHOUT ROWID;
    """,
    """
    -- Every version of an article, and where its line is.
    CREATE TABLE revision (
        article TEXT NOT NULL,
        number INTEGER NOT NULL,
        at REAL NOT NULL,
        headline TEXT NOT NULL,
        segment TEXT,
        position INTEGER,
        PRIMARY KEY (article, number)
    ) WITHOUT ROWID;
    INSERT INTO revision SELECT id, revision, stored, headline, segment, position FROM article;

    CREATE TABLE revisit (
        article TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        due REAL NOT NULL,
        etag TEXT,
        last_modified TEXT
    ) WITHOUT ROWID;
    CREATE INDEX revisit_due ON revisit (source, due);
    ALTER TABLE article ADD COLUMN withdrawn REAL;      -- when its page was found to be gone
    ALTER TABLE article ADD COLUMN copy_of TEXT;        -- id of the probable original on another site
    ALTER TABLE url ADD COLUMN newest REAL;             -- newest change that any document has told of
    UPDATE url SET newest = modified;

    ALTER TABLE outbox ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE waiting RENAME TO waiting_before;
    CREATE TABLE waiting (
        article TEXT NOT NULL,
        revision INTEGER NOT NULL,
        site TEXT NOT NULL,
        day TEXT NOT NULL,
        record BLOB NOT NULL,
        PRIMARY KEY (article, revision)
    ) WITHOUT ROWID;
    INSERT INTO waiting SELECT article, 1, site, day, record FROM waiting_before;
    DROP TABLE waiting_before;
    CREATE INDEX waiting_site ON waiting (site);
    """,
    """
    -- What a document has brought, and when its next visit falls due by that.
    ALTER TABLE document ADD COLUMN due REAL NOT NULL DEFAULT 0;
    ALTER TABLE document ADD COLUMN rhythm TEXT;
    UPDATE document SET due = max(checked + 3600, not_before) WHERE checked IS NOT NULL;
    """,
    """
    -- What each run found of a source, from which its own normal is learned, and what is said of it now.
    CREATE TABLE source_run (
        source TEXT NOT NULL,
        run TEXT NOT NULL,
        at REAL NOT NULL,
        outcome TEXT NOT NULL,
        verdict TEXT NOT NULL,                  -- empty: it was well
        visits TEXT NOT NULL,                   -- JSON: {outcome: documents}
        settled TEXT NOT NULL,                  -- JSON: [[state, reason, addresses tried for the first time]]
        PRIMARY KEY (source, run)
    ) WITHOUT ROWID;
    CREATE TABLE health (
        source TEXT PRIMARY KEY,
        verdict TEXT NOT NULL,
        detail TEXT NOT NULL,
        since REAL NOT NULL,
        checked REAL NOT NULL
    ) WITHOUT ROWID;
    -- How long each host took to answer in each run (seconds).
    CREATE TABLE host_run (
        host TEXT NOT NULL,
        run TEXT NOT NULL,
        at REAL NOT NULL,
        requests INTEGER NOT NULL,
        median REAL NOT NULL,
        slowest REAL NOT NULL,
        PRIMARY KEY (host, run)
    ) WITHOUT ROWID;
    ALTER TABLE source ADD COLUMN newest REAL;          -- when a document last announced something new

    -- What an article shows of how its site is read; NULL in articles of older releases.
    ALTER TABLE article ADD COLUMN words INTEGER;
    ALTER TABLE article ADD COLUMN authors INTEGER;
    ALTER TABLE article ADD COLUMN language TEXT;
    ALTER TABLE article ADD COLUMN dated TEXT;          -- none, announced, now, day, instant
    CREATE INDEX article_source ON article (source, stored);
    CREATE INDEX url_announced ON url (source, announced);
    """,
    """
    -- What the archive holds of an address (the first half of its SHA-256), where ARCHIVE_WARC is on.
    CREATE TABLE capture (
        url BLOB PRIMARY KEY,
        file TEXT NOT NULL,
        position INTEGER NOT NULL,
        digest TEXT NOT NULL,
        at REAL NOT NULL
    ) WITHOUT ROWID;

    -- How far the files of archives have been read, and by which extractor with which filters.
    CREATE TABLE archive_file (
        path TEXT PRIMARY KEY,
        reader TEXT NOT NULL,
        position INTEGER NOT NULL
    ) WITHOUT ROWID;

    ALTER TABLE article ADD COLUMN fetched REAL;        -- when the page of its newest revision was
    UPDATE article SET fetched = stored;
    """,
    """
    -- Sketches are kept shorter; the index is made anew of the stored articles.
    DELETE FROM posting;
    DELETE FROM sketch;
    """,
    """
    -- When a site (registrable domain) was last asked for something: the pause holds from run to run.
    CREATE TABLE pace (
        site TEXT PRIMARY KEY,
        last REAL NOT NULL
    ) WITHOUT ROWID;

    -- Sites that asked to be left alone.
    CREATE TABLE rest (
        site TEXT PRIMARY KEY,
        until REAL NOT NULL,
        strikes INTEGER NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        is_closed INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- Copies of robots.txt; fetched is 0 where there never was a usable answer.
    CREATE TABLE robots (
        origin TEXT PRIMARY KEY,
        fetched REAL NOT NULL,
        status INTEGER NOT NULL,
        body BLOB NOT NULL,
        failed REAL,
        failure TEXT
    ) WITHOUT ROWID;
    """,
    """
    -- What sites reserve by /.well-known/tdmrep.json, as it was served; empty where there is no such file.
    CREATE TABLE tdmrep (origin TEXT PRIMARY KEY, fetched REAL NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE url ADD COLUMN sections TEXT;           -- names a document or the page gives, one a line; NULL: none
    """,
    """
    -- Addresses whose story is over: known by a hash, and their rows together in compressed blocks.
    CREATE TABLE folded (
        hash INTEGER PRIMARY KEY,
        block INTEGER NOT NULL
    );
    CREATE TABLE block (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        data BLOB NOT NULL                      -- JSON, deflated
    );
    CREATE INDEX url_settled ON url (source, settled) WHERE settled IS NOT NULL AND retry_at IS NULL;
    """,
    """
    -- Work that a migration leaves to the next run: the copy index was emptied above, and articles can fill it again.
    CREATE TABLE chore (name TEXT PRIMARY KEY) WITHOUT ROWID;
    INSERT INTO chore SELECT 'copies' WHERE EXISTS (SELECT 1 FROM article) AND NOT EXISTS (SELECT 1 FROM sketch);
    """,
    """
    -- What several workers on one PostgreSQL share; one process alone leaves it empty.
    ALTER TABLE run ADD COLUMN worker TEXT NOT NULL DEFAULT '';     -- who runs it
    ALTER TABLE run ADD COLUMN place TEXT NOT NULL DEFAULT '';      -- machine and data directory
    ALTER TABLE run ADD COLUMN alive REAL;                          -- until when; NULL: it has ended, or is given up
    ALTER TABLE segment ADD COLUMN worker TEXT NOT NULL DEFAULT ''; -- whose data directory the file lies in
    ALTER TABLE outbox ADD COLUMN run TEXT NOT NULL DEFAULT '';     -- that writes it
    ALTER TABLE waiting ADD COLUMN run TEXT NOT NULL DEFAULT '';    -- that freezes it
    CREATE TABLE host (
        domain TEXT PRIMARY KEY,                -- registrable domain
        run TEXT,                               -- that alone may send requests to it
        delay REAL NOT NULL,                    -- seconds between requests
        next_at REAL NOT NULL                   -- from when on another run may send one
    ) WITHOUT ROWID;
    """,
    """
    -- What trying addresses of one shape has taught (discovery/shapes.py).
    CREATE TABLE shape (
        source TEXT NOT NULL,
        shape TEXT NOT NULL,
        tries INTEGER NOT NULL,
        articles INTEGER NOT NULL,
        misses INTEGER NOT NULL,                -- since the last article
        met INTEGER NOT NULL DEFAULT 0,         -- new addresses of it while little was expected of them
        last REAL NOT NULL,
        PRIMARY KEY (source, shape)
    ) WITHOUT ROWID;
    ALTER TABLE url ADD COLUMN shape TEXT;                      -- where it decides when, and whether, it is fetched
    ALTER TABLE url ADD COLUMN behind REAL NOT NULL DEFAULT 0;  -- seconds that its shape puts it behind others
    DROP INDEX url_pending;
    CREATE INDEX url_pending ON url (source, freshness - behind DESC) WHERE state = 'pending';
    CREATE INDEX url_shape ON url (source, shape) WHERE shape IS NOT NULL;
    """,
)
