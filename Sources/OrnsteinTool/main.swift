import OrnsteinCommands

OrnsteinCommand.runAndExit()
