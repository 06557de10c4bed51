CREATE TABLE guide_sessions (
    id VARCHAR(32) NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject JSON NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_guide_sessions_opened_at ON guide_sessions (opened_at);

CREATE TABLE guide_steps (
    session_id VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    step JSON NOT NULL,
    PRIMARY KEY (session_id, number),
    FOREIGN KEY(session_id) REFERENCES guide_sessions (id)
);
