module midstate/standins/render-template

go 1.21
