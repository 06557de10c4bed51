CREATE TABLE experience_statements (
    seq INTEGER NOT NULL,
    rule_id VARCHAR(16) NOT NULL,
    author VARCHAR(32) NOT NULL,
    statement TEXT NOT NULL,
    CONSTRAINT pk_experience_statements PRIMARY KEY (seq)
);

CREATE INDEX ix_experience_statements_rule_id ON experience_statements (rule_id);

CREATE TRIGGER experience_statements_no_update BEFORE UPDATE ON experience_statements BEGIN SELECT RAISE(ABORT, 'the history of experience is only added to'); END;

CREATE TRIGGER experience_statements_no_delete BEFORE DELETE ON experience_statements BEGIN SELECT RAISE(ABORT, 'the history of experience is only added to'); END;

CREATE TABLE experience_changes (
    seq INTEGER NOT NULL,
    at DATETIME NOT NULL,
    "by" VARCHAR(32) NOT NULL,
    change VARCHAR(16) NOT NULL,
    rule_id VARCHAR(16) NOT NULL,
    statement_seq INTEGER,
    reason TEXT,
    CONSTRAINT pk_experience_changes PRIMARY KEY (seq)
);

CREATE INDEX ix_experience_changes_rule_id ON experience_changes (rule_id);

CREATE TRIGGER experience_changes_no_update BEFORE UPDATE ON experience_changes BEGIN SELECT RAISE(ABORT, 'the history of experience is only added to'); END;

CREATE TRIGGER experience_changes_no_delete BEFORE DELETE ON experience_changes BEGIN SELECT RAISE(ABORT, 'the history of experience is only added to'); END;

CREATE TABLE experience_trials (
    seq INTEGER NOT NULL,
    rule_id VARCHAR(16) NOT NULL,
    case_id VARCHAR(96) NOT NULL,
    "on" DATE NOT NULL,
    held FLOAT NOT NULL,
    expected FLOAT NOT NULL,
    "right" BOOLEAN NOT NULL,
    CONSTRAINT pk_experience_trials PRIMARY KEY (seq)
);

CREATE INDEX ix_experience_trials_rule_id ON experience_trials (rule_id, case_id);

CREATE TRIGGER experience_trials_no_update BEFORE UPDATE ON experience_trials BEGIN SELECT RAISE(ABORT, 'the history of experience is only added to'); END;

CREATE TRIGGER experience_trials_no_delete BEFORE DELETE ON experience_trials BEGIN SELECT RAISE(ABORT, 'the history of experience is only added to'); END;

CREATE TABLE experience_progress (
    rule_id VARCHAR(16) NOT NULL,
    statement_seq INTEGER NOT NULL,
    cases_seq INTEGER NOT NULL,
    CONSTRAINT pk_experience_progress PRIMARY KEY (rule_id)
);
