"""Technicians' experience: rules that people state, weighed by what came of them."""

from tingzhen.diagnosis.experience.admissible import admissible
from tingzhen.diagnosis.experience.catching_up import catch_up, workshops_of
from tingzhen.diagnosis.experience.confirmed import trials_of
from tingzhen.diagnosis.experience.learning import Trial, Weight
from tingzhen.diagnosis.experience.link import Link, opposing, weight_of
from tingzhen.diagnosis.experience.rule import Conditions, LookAt, Rule, Statement
from tingzhen.diagnosis.experience.rule_file import (
    RuleFile,
    parse_statement,
    read_rule_file,
    write_rule_file,
)
from tingzhen.diagnosis.experience.sentence import rule_sentence
from tingzhen.diagnosis.experience.situation import Situation, situation_of_case
from tingzhen.diagnosis.experience.speaking import learned_observations
from tingzhen.diagnosis.experience.unknown_faults import UnknownFault, unknown_faults

__all__ = [
    "Conditions",
    "Link",
    "LookAt",
    "Rule",
    "RuleFile",
    "Situation",
    "Statement",
    "Trial",
    "UnknownFault",
    "Weight",
    "admissible",
    "catch_up",
    "learned_observations",
    "opposing",
    "parse_statement",
    "read_rule_file",
    "rule_sentence",
    "situation_of_case",
    "trials_of",
    "unknown_faults",
    "weight_of",
    "workshops_of",
    "write_rule_file",
]
