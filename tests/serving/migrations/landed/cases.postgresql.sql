CREATE TABLE case_facts (
    name VARCHAR(32) NOT NULL,
    value VARCHAR(200) NOT NULL,
    CONSTRAINT pk_case_facts PRIMARY KEY (name)
);

CREATE TABLE case_imports (
    id VARCHAR(32) NOT NULL,
    file_sha256 VARCHAR(64) NOT NULL,
    mapping_sha256 VARCHAR(64) NOT NULL,
    file_name TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    records_done INTEGER NOT NULL,
    added INTEGER NOT NULL,
    repeated INTEGER NOT NULL,
    replaced INTEGER NOT NULL,
    alike INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    CONSTRAINT pk_case_imports PRIMARY KEY (id),
    CONSTRAINT uq_case_imports_file_sha256_mapping_sha256 UNIQUE (file_sha256, mapping_sha256)
);

CREATE TABLE case_rejected (
    import_id VARCHAR(32) NOT NULL,
    record_number INTEGER NOT NULL,
    line INTEGER NOT NULL,
    start_byte BIGINT NOT NULL,
    end_byte BIGINT NOT NULL,
    reason_zh TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    CONSTRAINT pk_case_rejected PRIMARY KEY (import_id, record_number),
    CONSTRAINT fk_case_rejected_import_id FOREIGN KEY(import_id) REFERENCES case_imports (id)
);

CREATE TABLE cases (
    seq SERIAL NOT NULL,
    id VARCHAR(64) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    order_key VARCHAR(64) NOT NULL,
    duplicate_of VARCHAR(64),
    duplicate_why VARCHAR(16),
    import_id VARCHAR(32),
    record_number INTEGER,
    month INTEGER NOT NULL,
    season VARCHAR(8) NOT NULL,
    mileage_band INTEGER,
    opened_on DATE NOT NULL,
    source VARCHAR(16) NOT NULL,
    number TEXT,
    make TEXT,
    model TEXT,
    year INTEGER,
    powertrain VARCHAR(16),
    mileage_km FLOAT,
    region TEXT,
    ambient_c FLOAT,
    humidity_pct FLOAT,
    speed_kmh FLOAT,
    "when" TEXT NOT NULL,
    complaint TEXT,
    codes TEXT NOT NULL,
    noises TEXT,
    damages TEXT,
    sound_embedding BYTEA,
    picture_embedding BYTEA,
    fault TEXT,
    fault_text TEXT,
    none_of_these BOOLEAN NOT NULL,
    repair TEXT,
    minutes FLOAT,
    cost_cny FLOAT,
    fixed_first_time BOOLEAN,
    vehicle_key VARCHAR(64),
    workshop TEXT,
    CONSTRAINT pk_cases PRIMARY KEY (seq),
    CONSTRAINT uq_cases_id UNIQUE (id),
    CONSTRAINT fk_cases_duplicate_of FOREIGN KEY(duplicate_of) REFERENCES cases (id),
    CONSTRAINT fk_cases_import_id FOREIGN KEY(import_id) REFERENCES case_imports (id)
);

CREATE INDEX ix_cases_counted ON cases (duplicate_of, fault, month);

CREATE INDEX ix_cases_vehicle_key ON cases (vehicle_key);

CREATE INDEX ix_cases_model ON cases (model, duplicate_of, fault);

CREATE INDEX ix_cases_order_key ON cases (order_key);
