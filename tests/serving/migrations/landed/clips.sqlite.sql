CREATE TABLE clips (
    id VARCHAR(32) NOT NULL,
    created_at DATETIME NOT NULL,
    label VARCHAR NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    size_bytes INTEGER NOT NULL,
    file_key VARCHAR NOT NULL,
    circumstances VARCHAR NOT NULL,
    report_zh VARCHAR NOT NULL,
    report_en VARCHAR NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_clips_created_at ON clips (created_at);

CREATE INDEX ix_clips_sha256 ON clips (sha256);
