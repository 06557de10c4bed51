"""What all typed answers share: nobody changes them, and what a newer service adds is left out."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)
