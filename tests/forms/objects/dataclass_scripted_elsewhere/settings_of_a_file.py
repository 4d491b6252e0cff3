from dataclasses import dataclass


@dataclass
class Config:
    scale: float = 2.0
