import OrnsteinCommands

OrnsteinCommand.main()
